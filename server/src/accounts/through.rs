//! Signing in through another: who comes is found again by what the provider calls them for good, or taken up.

use std::net::IpAddr;

use pharos_store::{Role, User};
use sha2::{Digest, Sha256};

use super::oidc::Identity;
use super::people::check_name;
use super::secret::{Secret, hex};
use super::sessions::{Accounts, Refused};
use crate::operators::Author;

impl Accounts {
    /// Signs in somebody whom a provider let in, with the role that its rules give them now.
    ///
    /// # Errors
    /// When they were shut out here, or the store fails.
    pub async fn sign_in_through(
        &self,
        identity: &Identity,
        role: Role,
        (address, agent): (IpAddr, &str),
    ) -> Result<Secret, Refused> {
        let author = Author { actor: "provider".to_owned(), address: address.to_string() };
        let user = match self.of_subject(&identity.subject).await? {
            Some(user) => self.with_role(user, role, &author).await?,
            None => self.taken_up(identity, role, &author).await?,
        };
        self.sign_in_proven(&user, (address, agent)).await
    }

    async fn with_role(&self, user: User, role: Role, author: &Author) -> Result<User, Refused> {
        if user.role == role || user.disabled {
            return Ok(user);
        }
        match self.change_user(&user.name, (Some(role), None), (author, None)).await {
            // Nobody could manage users any more.
            Err(Refused::LastAdmin) => {
                tracing::warn!(
                    user = user.name,
                    "the provider makes the last admin less than that: kept as it is"
                );
                Ok(user)
            }
            changed => changed,
        }
    }

    async fn taken_up(&self, identity: &Identity, role: Role, author: &Author) -> Result<User, Refused> {
        let name = self.free_name(identity).await?;
        let added = self.add_user(&name, role, (None, Some(identity.subject.clone())), author).await;
        match added {
            // They may have come through two windows at once.
            Err(error) => self.of_subject(&identity.subject).await?.ok_or(error),
            added => added,
        }
    }

    /// A name as the provider says it. One that somebody has here already is theirs alone: the provider's word for a person
    /// proves nothing about a user of this page.
    async fn free_name(&self, identity: &Identity) -> Result<String, Refused> {
        let mark = hex(&Sha256::digest(&identity.subject)[..4]);
        let name = as_name(&identity.name);
        if check_name(&name).is_err() {
            return Ok(format!("user-{mark}"));
        }
        let is_free = matches!(self.user(&name).await, Err(Refused::NotFound(_)));
        Ok(if is_free { name } else { format!("{}-{mark}", name.chars().take(50).collect::<String>()) })
    }
}

/// What of a name may stand in one.
fn as_name(said: &str) -> String {
    let inner = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(*c);
    said.to_lowercase().replace(' ', ".").chars().filter(inner).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_what_may_stand_in_one() {
        assert_eq!(as_name("Anna.B@Example.com"), "anna.b@example.com");
        assert_eq!(as_name("Anna Berg"), "anna.berg");
        assert_eq!(as_name("<script>/../\"x"), "script..x");
        assert_eq!(as_name("アンナ"), "");
    }
}
