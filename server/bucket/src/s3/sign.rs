//! Signatures of requests (AWS Signature Version 4, with the whole request in one header).
//!
//! Source: "Authenticating Requests: Using the Authorization Header" in the reference of the S3 API.

use ring::hmac;
use secrecy::ExposeSecret;

use super::place::Keys;
use crate::hash::{hex, sha256};

/// What the signature goes by the name of.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is signed of a request.
#[derive(Clone, Copy, Debug)]
pub struct ToSign<'a> {
    /// As in `GET`.
    pub method: &'a str,
    /// As it is sent.
    pub path: &'a str,
    /// As it is sent: by names, and escaped.
    pub query: &'a str,
    /// All that are signed, by their names, which are in small letters. The host is one of them.
    pub headers: &'a [(&'static str, String)],
    /// The SHA-256 of the body, in hexadecimal digits.
    pub body_sha256: &'a str,
    /// When it is sent, as in `20130524T000000Z`.
    pub at: &'a str,
    /// As in `eu-central-1`.
    pub region: &'a str,
}

/// The header that proves who asks.
pub fn authorization(request: &ToSign<'_>, keys: &Keys) -> String {
    let ToSign { at, region, .. } = *request;
    let date = at.split('T').next().unwrap_or_default();
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let scope = format!("{date}/{region}/s3/aws4_request");
    let to_sign = format!("{ALGORITHM}\n{at}\n{scope}\n{}", sha256(canonical(request, &names).as_bytes()));
    let secret = ["AWS4", keys.secret_access_key.expose_secret()].concat();
    let key = [date, region, "s3", "aws4_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| mac(&key, part.as_bytes()));
    let signature = hex(&mac(&key, to_sign.as_bytes()));
    let id = keys.access_key_id.expose_secret();
    format!("{ALGORITHM} Credential={id}/{scope},SignedHeaders={names},Signature={signature}")
}

fn canonical(request: &ToSign<'_>, names: &str) -> String {
    let ToSign { method, path, query, headers, body_sha256, .. } = request;
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| [name, ":", value.trim(), "\n"].concat()).collect();
    let headers = headers.concat();
    format!("{method}\n{path}\n{query}\n{headers}\n{names}\n{body_sha256}")
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

/// A value as it stands in a query: everything but letters, digits and `-._~` is escaped.
pub fn escaped(value: &str) -> String {
    use std::fmt::Write;
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to memory cannot fail.
            let _written = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// The signature of a request of the examples in the reference of the S3 API.
    fn check(
        method: &str,
        path: &str,
        query: &str,
        more: &[(&'static str, &str)],
        body: &[u8],
        expected: &str,
    ) {
        let keys = Keys {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        };
        let body_sha256 = sha256(body);
        let at = "20130524T000000Z";
        let own = [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("x-amz-content-sha256", &body_sha256),
            ("x-amz-date", at),
        ];
        let mut headers: Vec<_> =
            own.iter().chain(more).map(|(n, value)| (*n, (*value).to_owned())).collect();
        headers.sort_unstable();
        let request = ToSign {
            method,
            path,
            query,
            headers: &headers,
            body_sha256: &body_sha256,
            at,
            region: "us-east-1",
        };
        let header = authorization(&request, &keys);
        let begin = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,";
        assert!(header.starts_with(begin), "{header}");
        assert_eq!(header.rsplit("Signature=").next().unwrap(), expected);
    }

    #[test]
    fn an_object_is_asked_for_as_in_the_published_example() {
        let range = [("range", "bytes=0-9")];
        let expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        check("GET", "/test.txt", "", &range, b"", expected);
    }

    #[test]
    fn an_object_is_written_as_in_the_published_example() {
        let more = [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
        let expected = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
        check("PUT", "/test%24file.text", "", &more, b"Welcome to Amazon S3.", expected);
    }

    #[test]
    fn a_query_without_a_value_is_signed_as_in_the_published_example() {
        let expected = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543";
        check("GET", "/", "lifecycle=", &[], b"", expected);
    }

    #[test]
    fn a_listing_is_asked_for_as_in_the_published_example() {
        let expected = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
        check("GET", "/", "max-keys=2&prefix=J", &[], b"", expected);
    }

    #[test]
    fn an_empty_body_has_its_hash_too() {
        assert_eq!(sha256(b""), EMPTY);
    }

    #[test]
    fn values_are_escaped_byte_by_byte() {
        assert_eq!(escaped("a-Z_0.~/ +=ä"), "a-Z_0.~%2F%20%2B%3D%C3%A4");
    }
}
