//! The people who may sign in.

use std::net::IpAddr;

use pharos_store::{AccountChange, Role, User};

use super::password::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use super::sessions::{Accounts, NAME_CHARS_MAX, Refused, invalid};
use super::totp;
use crate::limits::USERS_MAX;
use crate::operators::Author;

/// Whether a name may be a user's.
///
/// # Errors
/// When it is empty, too long, or holds other characters.
pub fn check_name(name: &str) -> Result<(), Refused> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(inner) {
        let why = format!("must have 1 to {NAME_CHARS_MAX} of a-z, 0-9, '.', '_', '-' and '@'");
        return Err(invalid("name", why));
    }
    Ok(())
}

fn check_password(password: &str, name: &str) -> Result<(), Refused> {
    let chars = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        let why = format!(
            "must have {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters; a few words are easiest"
        );
        return Err(invalid("password", why));
    }
    let mut letters: Vec<char> = password.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 4 || password.to_lowercase().contains(&name.to_lowercase()) {
        return Err(invalid(
            "password",
            "is too easy to guess; use a few words that have nothing to do with the name",
        ));
    }
    Ok(())
}

impl Accounts {
    /// All users.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn users(&self) -> Result<Vec<User>, Refused> {
        Ok(self.store.users().await?)
    }

    /// One user.
    ///
    /// # Errors
    /// When there is none of this name, or the store fails.
    pub async fn user(&self, name: &str) -> Result<User, Refused> {
        let found = self.store.user(name).await?;
        found.ok_or_else(|| Refused::NotFound(format!("user \"{name}\"")))
    }

    /// Whether this is the code of the link for the first user, and there is none yet: another node may have made one.
    pub async fn awaits_first(&self, code: &str) -> bool {
        if !self.setup.is_open_with(code) {
            return false;
        }
        let count = self.store.users().await.map(|users| users.len());
        if matches!(count, Ok(1..)) {
            self.setup.close();
        }
        matches!(count, Ok(0))
    }

    /// Makes a user. Without a password they sign in elsewhere.
    ///
    /// # Errors
    /// When name or password is not good, or there is such a user.
    pub async fn add_user(
        &self,
        name: &str,
        role: Role,
        (password, subject): (Option<String>, Option<String>),
        author: &Author,
    ) -> Result<User, Refused> {
        check_name(name)?;
        if self.store.users().await?.len() >= USERS_MAX {
            return Err(invalid("name", format!("cannot be taken: there are {USERS_MAX} users already")));
        }
        let password = match password {
            Some(password) => {
                check_password(&password, name)?;
                Some(self.hasher.hash(password).await?)
            }
            None => None,
        };
        let user = User {
            name: name.to_owned(),
            role,
            password,
            subject,
            totp: None,
            totp_step: 0,
            recovery: Vec::new(),
            disabled: false,
            created_at: (self.now)(),
            revision: 0,
        };
        let mut entry = self.entry(author, "user.add", format!("users/{name}"));
        entry.after = Some(described(&user));
        self.store.change_accounts(vec![put(user.clone())], vec![entry]).await?;
        self.setup.close();
        Ok(user)
    }

    /// Changes what a user may do. All of their sessions end but for the one that asks.
    ///
    /// # Errors
    /// When it would leave no admin, somebody else was first, or the store fails.
    pub async fn change_user(
        &self,
        name: &str,
        (role, disabled): (Option<Role>, Option<bool>),
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<User, Refused> {
        let before = self.user(name).await?;
        let next = User {
            role: role.unwrap_or(before.role),
            disabled: disabled.unwrap_or(before.disabled),
            revision: before.revision + 1,
            ..before.clone()
        };
        if before.manages() && !next.manages() {
            self.need_another_admin(name).await?;
        }
        self.put_changed(&before, next, "user.change", (author, keep)).await
    }

    /// Changes a user's password. All of their sessions end but for the one that asks.
    ///
    /// # Errors
    /// When the password is not good, or the store fails.
    pub async fn change_password(
        &self,
        name: &str,
        password: String,
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<User, Refused> {
        check_password(&password, name)?;
        let before = self.user(name).await?;
        let password = Some(self.hasher.hash(password).await?);
        let next = User { password, revision: before.revision + 1, ..before.clone() };
        self.put_changed(&before, next, "user.password", (author, keep)).await
    }

    /// Whether this is the user's password.
    ///
    /// # Errors
    /// When there were too many attempts, or the store fails.
    pub async fn is_password(&self, name: &str, password: String, address: IpAddr) -> Result<bool, Refused> {
        if !self.throttle.admits(name, address) {
            return Err(Refused::Throttled);
        }
        let user = self.user(name).await?;
        Ok(self.hasher.verify(user.password, password).await?)
    }

    /// Turns the second factor on: the code proves that the device has the secret. Gives the recovery codes, once.
    ///
    /// # Errors
    /// When there is one already, the code is not right, or the store fails.
    pub async fn enrol(
        &self,
        name: &str,
        (secret, code): (String, &str),
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<Vec<String>, Refused> {
        let before = self.user(name).await?;
        if before.totp.is_some() {
            return Err(invalid("second_factor", "is on already; turn it off before you set up another"));
        }
        let step = totp::step_of(&secret, code, (self.now)(), 0);
        let step =
            step.ok_or_else(|| invalid("code", "is not the one your device shows; check its clock"))?;
        let (codes, hashes) = totp::recovery_codes()?;
        let next = User {
            totp: Some(secret),
            totp_step: step,
            recovery: hashes,
            revision: before.revision + 1,
            ..before.clone()
        };
        self.put_changed(&before, next, "user.second_factor_on", (author, keep)).await?;
        Ok(codes)
    }

    /// Turns the second factor off.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn disenrol(
        &self,
        name: &str,
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<User, Refused> {
        let before = self.user(name).await?;
        let next = User {
            totp: None,
            totp_step: 0,
            recovery: Vec::new(),
            revision: before.revision + 1,
            ..before.clone()
        };
        self.put_changed(&before, next, "user.second_factor_off", (author, keep)).await
    }

    /// Removes a user with their sessions and tokens.
    ///
    /// # Errors
    /// When it would leave no admin, or the store fails.
    pub async fn drop_user(&self, name: &str, author: &Author) -> Result<(), Refused> {
        let before = self.user(name).await?;
        if before.manages() {
            self.need_another_admin(name).await?;
        }
        let mut entry = self.entry(author, "user.drop", format!("users/{name}"));
        entry.before = Some(described(&before));
        let changes = vec![AccountChange::DropUser(name.to_owned()), AccountChange::ExpectManager];
        Ok(self.store.change_accounts(changes, vec![entry]).await?)
    }

    async fn put_changed(
        &self,
        before: &User,
        next: User,
        action: &str,
        (author, keep): (&Author, Option<[u8; 32]>),
    ) -> Result<User, Refused> {
        let mut entry = self.entry(author, action, format!("users/{}", next.name));
        entry.before = Some(described(before));
        entry.after = Some(described(&next));
        let others = AccountChange::DropSessionsOf { user: next.name.clone(), except: keep };
        let mut changes = vec![put(next.clone()), others];
        if before.manages() && !next.manages() {
            changes.push(AccountChange::ExpectManager);
        }
        self.store.change_accounts(changes, vec![entry]).await?;
        Ok(next)
    }

    /// Says what stands in the way before anything is tried. Two who demote each other at once both pass here; the store
    /// refuses the second ([`AccountChange::ExpectManager`]).
    async fn need_another_admin(&self, name: &str) -> Result<(), Refused> {
        let users = self.store.users().await?;
        let is_other = |user: &User| user.manages() && user.name != name;
        if users.iter().any(is_other) { Ok(()) } else { Err(Refused::LastAdmin) }
    }
}

/// The change that keeps a user.
pub fn put(user: User) -> AccountChange {
    AccountChange::PutUser(Box::new(user))
}

/// A user as the audit log shows them: without anything secret.
fn described(user: &User) -> String {
    serde_json::json!({
        "role": user.role,
        "password": user.password.is_some(),
        "subject": user.subject,
        "second_factor": user.totp.is_some(),
        "disabled": user.disabled,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::fixture::{PASSWORD, accounts, author};

    /// The secret of RFC 6238's test vectors, and its code in the first minute of 1970.
    const FACTOR: (&str, &str) = ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "287082");

    #[tokio::test]
    async fn two_admins_who_demote_each_other_at_once_leave_one() {
        let (_directory, accounts) = accounts().await;
        let author = author();
        for round in 0..5 {
            let (one, other) = (format!("one{round}"), format!("other{round}"));
            for name in [&one, &other] {
                accounts.add_user(name, Role::Admin, (None, None), &author).await.unwrap();
            }
            let demote = |name| accounts.change_user(name, (Some(Role::Viewer), None), (&author, None));
            let remove = |name| accounts.drop_user(name, &author);
            let done = if round % 2 == 0 {
                let (first, second) = tokio::join!(demote(&one), demote(&other));
                [first.is_ok(), second.is_ok()]
            } else {
                let (first, second) = tokio::join!(remove(&one), remove(&other));
                [first.is_ok(), second.is_ok()]
            };
            assert_eq!(done.iter().filter(|is_done| **is_done).count(), 1, "round {round}: {done:?}");
            // The one who stayed goes before the next round, which brings two new ones.
            let left: Vec<User> = accounts.users().await.unwrap().into_iter().filter(User::manages).collect();
            assert_eq!(left.len(), 1, "round {round}");
            let gone = AccountChange::DropUser(left[0].name.clone());
            accounts.store.change_accounts(vec![gone], Vec::new()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_second_factor_that_is_on_is_not_replaced_by_another() {
        let (_directory, accounts) = accounts().await;
        let accounts = Accounts { now: || pharos_model::UnixMs(59_000), ..accounts };
        let (author, password) = (author(), Some(PASSWORD.to_owned()));
        accounts.add_user("anna", Role::Admin, (password, None), &author).await.unwrap();
        let enrol = || accounts.enrol("anna", (FACTOR.0.to_owned(), FACTOR.1), (&author, None));
        assert_eq!(enrol().await.unwrap().len(), 10);
        let again = enrol().await;
        assert!(matches!(again, Err(Refused::Invalid { field: "second_factor", .. })), "{again:?}");
        accounts.disenrol("anna", (&author, None)).await.unwrap();
        assert!(enrol().await.is_ok());
    }
}
