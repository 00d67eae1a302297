//! Where a service is, and with which keys it is asked.

use std::fmt;

use secrecy::SecretString;
use url::Url;

use crate::Key;

/// A bucket of a service, and what in it is ours.
#[derive(Clone, Debug)]
pub struct S3Place {
    /// Where the service answers, without a bucket.
    pub endpoint: Url,
    /// As in `eu-central-1`.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// What all keys begin with: empty, or parts that each end with `/`.
    pub prefix: String,
    /// Who asks.
    pub keys: Keys,
}

/// The keys of an account. Printing them by accident shows nothing.
#[derive(Clone)]
pub struct Keys {
    /// The public half.
    pub access_key_id: SecretString,
    /// The secret half.
    pub secret_access_key: SecretString,
    /// What goes with keys that hold for a while only.
    pub session_token: Option<SecretString>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keys")
    }
}

impl S3Place {
    /// What it is called in messages.
    pub fn name(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix.trim_end_matches('/'))
    }

    /// Where an object is asked for; `None` for the bucket as a whole. The bucket is a part of the path, because services of one's
    /// own seldom have a name for each bucket.
    pub fn address(&self, key: Option<&str>) -> Url {
        let mut address = self.endpoint.clone();
        let above = self.endpoint.path().trim_end_matches('/');
        let path = match key {
            Some(key) => format!("{above}/{}/{}{key}", self.bucket, self.prefix),
            None => format!("{above}/{}", self.bucket),
        };
        address.set_path(&path);
        address
    }

    /// The key of an object by its whole name in the bucket; `None` when it is none of ours.
    pub fn key_of(&self, name: &str) -> Option<Key> {
        Key::new(name.strip_prefix(&self.prefix)?).ok()
    }

    /// What a request says of where it goes.
    pub fn host(&self) -> String {
        let host = self.endpoint.host_str().unwrap_or_default();
        self.endpoint.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}
