//! Where objects are to be kept, as an operator writes it.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::limits::PREFIX_BYTES_MAX;
use crate::resolved::resolved;
use crate::{Bucket, BucketError, Durability, Folder, Key, Keys, Patience, S3, S3Place};

/// The region of services that have none.
const REGION: &str = "us-east-1";

/// A place for objects.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// A bucket of a service.
    S3(Box<S3Place>),
}

/// How a service is reached. A folder needs nothing of it.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Where the service answers, as in `https://minio.example.com:9000`; that of AWS without.
    pub endpoint: Option<String>,
    /// As in `eu-central-1`.
    pub region: Option<String>,
    /// The public half of the keys.
    pub access_key_id: Option<SecretString>,
    /// The secret half.
    pub secret_access_key: Option<SecretString>,
    /// What goes with keys that hold for a while only.
    pub session_token: Option<SecretString>,
}

impl Place {
    /// Reads a path, or `s3://BUCKET/PREFIX`, and what goes with it.
    ///
    /// # Errors
    /// When it is none, or something is missing.
    pub fn parse(text: &str, access: Access) -> Result<Self, BucketError> {
        let fault_of = |setting: Option<&'static str>| {
            move |why: String| BucketError::Address { text: without_password(text), setting, why }
        };
        let fault = fault_of(None);
        let Some(address) = text.strip_prefix("s3://") else {
            return folder(text, &access).map_err(fault);
        };
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if bucket.is_empty() || bucket == "." || bucket == ".." || !bucket.bytes().all(allowed) {
            return Err(fault("its bucket consists of letters, digits, `.`, `_` and `-`".to_owned()));
        }
        let place = S3Place {
            region: region(access.region.as_deref()).map_err(fault_of(Some("region")))?,
            endpoint: endpoint(access.endpoint.as_deref(), access.region.as_deref())
                .map_err(fault_of(Some("endpoint")))?,
            bucket: bucket.to_owned(),
            prefix: prefix_of(prefix).map_err(fault)?,
            keys: keys(access).map_err(|(setting, why)| fault_of(setting)(why))?,
        };
        Ok(Self::S3(Box::new(place)))
    }

    /// Opens it. `durability` decides how files of a folder are written, and `now_ms` tells the time, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the folder cannot be used, or connections cannot be made at all. Whether a service answers shows only when it is asked.
    pub fn open(&self, durability: Durability, now_ms: fn() -> i64) -> Result<Arc<dyn Bucket>, BucketError> {
        Ok(match self {
            Self::Folder(path) => Arc::new(Folder::open(path, durability)?),
            Self::S3(place) => Arc::new(S3::new((**place).clone(), Patience::default(), now_ms)?),
        })
    }

    /// Opens it only to read, and leaves no trace there.
    ///
    /// # Errors
    /// When connections cannot be made at all.
    pub fn open_to_read(&self, now_ms: fn() -> i64) -> Result<Arc<dyn Bucket>, BucketError> {
        match self {
            Self::Folder(path) => Ok(Arc::new(Folder::open_to_read(path))),
            Self::S3(_) => self.open(Durability::Durable, now_ms),
        }
    }

    /// Whether whoever is handed everything in another place is handed what is in this one, however both are written.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Folder(own), Self::Folder(other)) => resolved(own).starts_with(resolved(other)),
            (Self::S3(own), Self::S3(other)) => {
                (&own.endpoint, &own.bucket) == (&other.endpoint, &other.bucket)
                    && own.prefix.starts_with(&other.prefix)
            }
            _ => false,
        }
    }

    /// What it is called in messages, without credentials.
    pub fn name(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            Self::S3(place) => place.name(),
        }
    }
}

fn folder(text: &str, access: &Access) -> Result<Place, String> {
    if text.is_empty() || text.contains("://") {
        return Err("it is neither".to_owned());
    }
    let Access { endpoint, region, access_key_id, secret_access_key, session_token } = access;
    let has_keys = [access_key_id, secret_access_key, session_token].into_iter().any(Option::is_some);
    if endpoint.is_some() || region.is_some() || has_keys {
        return Err("a folder has no endpoint, region or keys".to_owned());
    }
    Ok(Place::Folder(text.into()))
}

fn prefix_of(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    if text.is_empty() {
        return Ok(String::new());
    }
    if text.len() > PREFIX_BYTES_MAX || Key::new(text).is_err() {
        return Err("the parts of its prefix consist of letters, digits, `.`, `_` and `-`".to_owned());
    }
    Ok(format!("{text}/"))
}

fn region(text: Option<&str>) -> Result<String, String> {
    let region = text.unwrap_or(REGION);
    let is_region = !region.is_empty() && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_region { Ok(region.to_owned()) } else { Err(format!("`{region}` is no region")) }
}

fn endpoint(text: Option<&str>, region: Option<&str>) -> Result<Url, String> {
    let region = region.unwrap_or(REGION);
    let aws = format!("https://s3.{region}.amazonaws.com");
    let no_endpoint = || {
        "its endpoint is no address of a service, as in https://minio.example.com:9000, without credentials"
            .to_owned()
    };
    let url: Url = text.unwrap_or(&aws).parse().map_err(|_| no_endpoint())?;
    let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let path = url.path().trim_matches('/');
    let is_path = path.is_empty() || Key::new(path).is_ok();
    let is_good = ["http", "https"].contains(&url.scheme()) && url.has_host() && url.fragment().is_none();
    if is_good && is_bare && is_path { Ok(url) } else { Err(no_endpoint()) }
}

fn keys(access: Access) -> Result<Keys, (Option<&'static str>, String)> {
    let (Some(access_key_id), Some(secret_access_key)) = (access.access_key_id, access.secret_access_key)
    else {
        return Err((None, "a bucket needs access_key_id and secret_access_key".to_owned()));
    };
    let keys = Keys { access_key_id, secret_access_key, session_token: access.session_token };
    let is_text = |secret: &SecretString| {
        let text = secret.expose_secret();
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let parts = [
        ("access_key_id", Some(&keys.access_key_id)),
        ("secret_access_key", Some(&keys.secret_access_key)),
        ("session_token", keys.session_token.as_ref()),
    ];
    let bad = parts.into_iter().find(|(_, part)| part.is_some_and(|part| !is_text(part)));
    if let Some((setting, _)) = bad {
        let why = format!("its {setting} is empty, or holds spaces or other signs that keys never have");
        return Err((Some(setting), why));
    }
    Ok(keys)
}

/// An address as it may be told: nothing of what stands before an `@`.
fn without_password(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_keys() -> Access {
        Access {
            access_key_id: Some("id-not-told".into()),
            secret_access_key: Some("secret-not-told".into()),
            ..Access::default()
        }
    }

    fn parsed(text: &str, access: Access) -> S3Place {
        match Place::parse(text, access).unwrap() {
            Place::S3(place) => *place,
            Place::Folder(path) => panic!("{} is no bucket", path.display()),
        }
    }

    fn why(text: &str, access: Access) -> String {
        Place::parse(text, access).unwrap_err().to_string()
    }

    #[test]
    fn a_path_is_a_folder() {
        for text in ["/var/lib/pharos/copy", "copy", "./a:b"] {
            let place = Place::parse(text, Access::default()).unwrap();
            assert!(matches!(place, Place::Folder(ref path) if path.as_os_str() == text), "{text}");
        }
    }

    #[test]
    fn a_bucket_stands_in_the_path_of_its_service() {
        let place = parsed("s3://status/pages/de", with_keys());
        assert_eq!(place.name(), "s3://status/pages/de");
        assert_eq!(
            place.address(Some("a.html")).as_str(),
            "https://s3.us-east-1.amazonaws.com/status/pages/de/a.html"
        );
        let access = Access {
            endpoint: Some("http://127.0.0.1:9000/storage/s3/".to_owned()),
            region: Some("eu-west-1".to_owned()),
            ..with_keys()
        };
        let place = parsed("s3://status/", access);
        assert_eq!(place.address(Some("a.html")).as_str(), "http://127.0.0.1:9000/storage/s3/status/a.html");
        assert_eq!(place.address(None).as_str(), "http://127.0.0.1:9000/storage/s3/status");
        assert_eq!(place.host(), "127.0.0.1:9000");
        assert_eq!(place.region, "eu-west-1");
    }

    #[test]
    fn a_place_within_another_is_told_from_one_beside_it() {
        let of = |text: &str| {
            let access = if text.starts_with("s3:") { with_keys() } else { Access::default() };
            Place::parse(text, access).unwrap()
        };
        for (own, other, expected) in [
            ("/srv/copy", "/srv/copy", true),
            ("/srv/copy/archive", "/srv/copy/", true),
            ("/srv/copy-archive", "/srv/copy", false),
            ("/srv", "/srv/copy", false),
            ("cc/copy/arch", "./cc/copy", true),
            ("/srv/absent/../copy/arch", "/srv/copy", true),
            ("/srv/copy/../arch", "/srv/copy", false),
            ("s3://status", "s3://status", true),
            ("s3://status/archive", "s3://status", true),
            ("s3://status/archive", "s3://status/arch", false),
            ("s3://status", "s3://status/copy", false),
            ("s3://archive", "s3://status", false),
            ("archive", "s3://status", false),
        ] {
            assert_eq!(of(own).is_within(&of(other)), expected, "{own} in {other}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused_with_a_reason() {
        let at = |endpoint: &str| Access { endpoint: Some(endpoint.to_owned()), ..with_keys() };
        for (text, access, expected) in [
            ("", Access::default(), "it is neither"),
            ("gs://bucket", Access::default(), "it is neither"),
            ("copy", with_keys(), "a folder has no endpoint, region or keys"),
            ("s3://", with_keys(), "its bucket consists of"),
            ("s3://a b", with_keys(), "its bucket consists of"),
            ("s3://../a", with_keys(), "its bucket consists of"),
            ("s3://bucket/a//b", with_keys(), "the parts of its prefix consist of"),
            ("s3://bucket", Access::default(), "a bucket needs access_key_id and secret_access_key"),
            (
                "s3://bucket",
                Access { secret_access_key: Some("a b".into()), ..with_keys() },
                "its secret_access_key is empty",
            ),
            ("s3://bucket", Access { region: Some("eu west".to_owned()), ..with_keys() }, "is no region"),
            ("s3://bucket", at("minio:9000"), "its endpoint is no address"),
            ("s3://bucket", at("https://id:secret-not-told@minio"), "its endpoint is no address"),
            ("s3://bucket", at("https://minio/a?b"), "its endpoint is no address"),
        ] {
            let told = why(text, access);
            assert!(told.contains(expected), "{text}: {told}");
            assert!(!told.contains("not-told"), "{told}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let told = format!("{:?}", Place::parse("s3://bucket", with_keys()).unwrap());
        assert!(!told.contains("not-told"), "{told}");
        let told = why("s3://id:not-told@bucket/a", with_keys());
        assert!(!told.contains("not-told"), "{told}");
    }
}
