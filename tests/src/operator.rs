//! Operators of a node: who they are, and what they ask for.

use std::net::SocketAddr;

use anyhow::Context;
use serde_json::Value;

use crate::{Pharos, Response, client, wait_for};

/// The password of every operator of a test.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody who shows a token, a session, or nothing.
#[derive(Clone, Debug)]
pub struct Operator {
    address: SocketAddr,
    /// What they show with each request.
    pub headers: Vec<(String, String)>,
}

impl Operator {
    /// Nobody.
    pub fn nobody(pharos: &Pharos) -> Self {
        Self { address: pharos.address, headers: Vec::new() }
    }

    /// The first admin, `anna`, made with the link in the log and signed in.
    ///
    /// # Errors
    /// When the link is not there or does not work.
    pub fn first(pharos: &Pharos) -> anyhow::Result<Self> {
        let code = wait_for("the link for the first operator", || {
            let log = pharos.log();
            let code = log.split_once("/admin/setup?code=")?.1;
            Some(code.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next()?.to_owned())
        });
        let form = format!("code={code}&name=anna&password={}", PASSWORD.replace(' ', "+"));
        let nobody = Self::nobody(pharos);
        let response = nobody.form("/admin/setup", &form)?;
        anyhow::ensure!(response.status == 303, "{}: {}", response.status, response.text());
        nobody.with_session(&response)
    }

    /// Signs in.
    ///
    /// # Errors
    /// When nobody is let in.
    pub fn sign_in(pharos: &Pharos, name: &str) -> anyhow::Result<Self> {
        let nobody = Self::nobody(pharos);
        let form = format!("name={name}&password={}&code=", PASSWORD.replace(' ', "+"));
        let response = nobody.form("/admin/sign-in", &form)?;
        anyhow::ensure!(response.status == 303, "{}: {}", response.status, response.text());
        nobody.with_session(&response)
    }

    fn with_session(&self, response: &Response) -> anyhow::Result<Self> {
        let cookie = response.header("set-cookie").context("no cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self { address: self.address, headers: headers.to_vec() })
    }

    /// Somebody who shows this token.
    #[must_use]
    pub fn with_token(&self, secret: &str) -> Self {
        let header = ("authorization".to_owned(), format!("Bearer {secret}"));
        Self { address: self.address, headers: vec![header] }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// Makes a user with this role.
    ///
    /// # Errors
    /// When it is refused.
    pub fn add_user(&self, name: &str, role: &str) -> anyhow::Result<()> {
        let body = serde_json::json!({ "name": name, "role": role, "password": PASSWORD });
        let response = self.api("POST", "/users", Some(&body))?;
        anyhow::ensure!(response.status == 201, "{}", response.text());
        Ok(())
    }

    /// Makes a token for a user, and gives its secret.
    ///
    /// # Errors
    /// When it is refused.
    pub fn add_token(&self, user: &str, scopes: &[&str], expires_at: Option<&str>) -> anyhow::Result<String> {
        let body =
            serde_json::json!({ "name": "test", "scopes": scopes, "user": user, "expires_at": expires_at });
        let response = self.api("POST", "/tokens", Some(&body))?;
        anyhow::ensure!(response.status == 201, "{}", response.text());
        let made: Value = serde_json::from_slice(&response.body)?;
        Ok(made["secret"].as_str().context("no secret")?.to_owned())
    }

    /// Asks the API.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn api(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Response> {
        let body = body.map(Value::to_string);
        let mut headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        client::send(self.address, method, &format!("/api/v1{path}"), (&headers, body.as_deref()))
    }

    /// Asks the API for what must be there.
    ///
    /// # Errors
    /// When it is not, or is no JSON.
    pub fn read(&self, path: &str) -> anyhow::Result<Value> {
        let response = self.api("GET", path, None)?;
        anyhow::ensure!(response.status == 200, "{}: {}", response.status, response.text());
        Ok(serde_json::from_slice(&response.body)?)
    }

    /// Has the API do what must be done.
    ///
    /// # Errors
    /// When it refuses.
    pub fn act(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let response = self.api(method, path, Some(body))?;
        anyhow::ensure!((200..300).contains(&response.status), "{}: {}", response.status, response.text());
        Ok(serde_json::from_slice(&response.body).unwrap_or(Value::Null))
    }

    /// Sends a form, as this page's own would.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn form(&self, path: &str, form: &str) -> anyhow::Result<Response> {
        let mut headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        if !headers.iter().any(|(name, _)| *name == "sec-fetch-site") {
            headers.push(("sec-fetch-site", "same-origin"));
        }
        client::send(self.address, "POST", path, (&headers, Some(form)))
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn page(&self, path: &str) -> anyhow::Result<Response> {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        client::get(self.address, path, &headers)
    }
}
