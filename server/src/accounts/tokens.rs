//! Tokens: what programs show.

use pharos_model::UnixMs;
use pharos_store::{AccountChange, Token};

use super::access::{Principal, Scope, Via};
use super::secret::{Secret, hex};
use super::sessions::{Accounts, NAME_CHARS_MAX, Refused, SEEN_GRAIN_MS, invalid};
use crate::limits::TOKENS_MAX;
use crate::operators::Author;

/// What tokens begin with, so that leaked ones are found by scanners.
const TOKEN_PREFIX: &str = "pharos_";

/// A token that was just made: the only time that its secret is seen.
#[derive(Debug)]
pub struct FreshToken {
    /// What is kept of it.
    pub token: Token,
    /// What its holder sends.
    pub secret: String,
}

impl Accounts {
    /// Who a token's secret stands for. It has 256 random bits: nobody guesses it, and nobody is slowed for trying.
    ///
    /// # Errors
    /// When the store fails: nobody is let in then.
    pub async fn of_token(&self, secret: &str) -> Result<Option<Principal>, Refused> {
        let at = (self.now)();
        let found = match secret.strip_prefix(TOKEN_PREFIX) {
            Some(secret) => self.store.token(&Secret::presented(secret).hash()).await?,
            None => None,
        };
        let good =
            found.filter(|(token, user)| !user.disabled && token.expires_at.is_none_or(|end| end > at));
        let Some((token, user)) = good else { return Ok(None) };
        if token.used_at.is_none_or(|used| at.since_ms(used) > SEEN_GRAIN_MS) {
            let change = AccountChange::UsedToken { id: token.id.clone(), at };
            self.store.change_accounts(vec![change], Vec::new()).await?;
        }
        let scopes = token.scopes.iter().filter_map(|word| Scope::parse(word)).collect();
        Ok(Some(Principal { user: user.name, role: user.role, via: Via::Token { id: token.id, scopes } }))
    }

    /// All tokens.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self) -> Result<Vec<Token>, Refused> {
        Ok(self.store.tokens().await?)
    }

    /// Makes a token for a user. Its secret is given once, and never again.
    ///
    /// # Errors
    /// When name, scopes or expiry is not good.
    pub async fn add_token(
        &self,
        user: &str,
        (name, scopes, expires_at): (&str, Vec<Scope>, Option<UnixMs>),
        author: &Author,
    ) -> Result<FreshToken, Refused> {
        let at = (self.now)();
        self.user(user).await.map_err(|error| match error {
            Refused::NotFound(_) => invalid("user", "names nobody"),
            error => error,
        })?;
        let chars = name.chars().count();
        if !(1..=NAME_CHARS_MAX).contains(&chars) || name.chars().any(char::is_control) {
            return Err(invalid("name", format!("must have 1 to {NAME_CHARS_MAX} characters")));
        }
        if scopes.is_empty() {
            return Err(invalid("scopes", "names nothing that the token may do"));
        }
        if expires_at.is_some_and(|end| end <= at) {
            return Err(invalid("expires_at", "has passed already"));
        }
        if self.store.tokens().await?.len() >= TOKENS_MAX {
            return Err(invalid("name", format!("cannot be taken: there are {TOKENS_MAX} tokens already")));
        }
        let secret = Secret::draw()?;
        let id = hex(&Secret::draw()?.hash()[..6]);
        let token = Token {
            id: id.clone(),
            hash: secret.hash(),
            user: user.to_owned(),
            name: name.to_owned(),
            scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            created_at: at,
            expires_at,
            used_at: None,
        };
        let mut entry = self.entry(author, "token.add", format!("tokens/{id}"));
        entry.after = serde_json::to_string(&(name, &token.scopes)).ok();
        self.store
            .change_accounts(vec![AccountChange::PutToken(Box::new(token.clone()))], vec![entry])
            .await?;
        Ok(FreshToken { token, secret: [TOKEN_PREFIX, secret.expose()].concat() })
    }

    /// Takes a token back.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn drop_token(&self, id: &str, author: &Author) -> Result<(), Refused> {
        if !self.store.tokens().await?.iter().any(|token| token.id == id) {
            return Err(Refused::NotFound(format!("token \"{id}\"")));
        }
        let entry = self.entry(author, "token.drop", format!("tokens/{id}"));
        Ok(self.store.change_accounts(vec![AccountChange::DropToken(id.to_owned())], vec![entry]).await?)
    }
}
