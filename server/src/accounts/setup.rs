//! The first user: a link in the log, good once, and for nobody once there is a user.

use std::sync::Mutex;

use super::secret::{Secret, same};

/// The code in the link; `None` once there is a user.
#[derive(Debug, Default)]
pub struct Setup(Mutex<Option<Secret>>);

impl Setup {
    /// Waits for the first user.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn awaited() -> Result<(Self, Secret), getrandom::Error> {
        let code = Secret::draw()?;
        Ok((Self(Mutex::new(Some(code.clone()))), code))
    }

    /// Whether this is the code.
    pub fn is_open_with(&self, code: &str) -> bool {
        let expected = self.0.lock().ok().and_then(|expected| expected.clone());
        expected.is_some_and(|expected| same(expected.expose(), code))
    }

    /// There is a user now.
    pub fn close(&self) {
        if let Ok(mut expected) = self.0.lock() {
            *expected = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_good_until_there_is_a_user() {
        let (setup, code) = Setup::awaited().unwrap();
        assert!(setup.is_open_with(code.expose()) && !setup.is_open_with("other"));
        setup.close();
        assert!(!setup.is_open_with(code.expose()));
        assert!(!Setup::default().is_open_with(""));
    }
}
