//! How operators sign in beside a name and a password.

use pharos_store::Role;
use secrecy::ExposeSecret;

use super::super::document::At;
use super::super::error::Finding;
use super::super::limits::{GROUPS_PER_ROLE_MAX, NAME_CHARS_MAX, SCOPES_MAX};
use super::super::sign_in::{OidcRolesSection, OidcSection, SignInSection};
use super::Assembly;
use crate::accounts::{Roles, Settings, is_here};

impl Assembly {
    /// Takes the provider through which operators sign in.
    pub fn sign_in(&mut self, section: &SignInSection, at: At<'_>) -> Option<Settings> {
        Some(self.oidc(section.oidc.as_ref()?, at.key("oidc")))
    }

    fn oidc(&mut self, section: &OidcSection, at: At<'_>) -> Settings {
        let name = self.line(&section.name, NAME_CHARS_MAX, at.key("name"));
        self.issuer(&section.issuer, at.key("issuer"));
        let client_id = self.line(&section.client_id, NAME_CHARS_MAX, at.key("client_id"));
        if section.client_secret.expose_secret().trim().is_empty() {
            let hint = "write the secret that the provider shows for this page";
            self.findings
                .push(Finding::new(at.key("client_secret").place(), "`client_secret` is blank").hint(hint));
        }
        let scopes_at = at.key("scopes");
        let hint = format!("use at most {SCOPES_MAX}");
        self.few(section.scopes.len(), SCOPES_MAX, ("scopes", hint), scopes_at);
        if !section.scopes.iter().any(|scope| scope == "openid") {
            self.findings.push(
                Finding::new(scopes_at.place(), "`openid` is not among the `scopes`")
                    .hint("add it: without it the provider does not say who somebody is"),
            );
        }
        let of = section.roles.as_ref().map(|roles| self.roles(roles, at.key("roles"))).unwrap_or_default();
        let everybody = section.everybody.map(Role::from);
        if everybody.is_none() && of.iter().all(|(_, groups)| groups.is_empty()) {
            self.findings.push(
                Finding::new(at.key_place(), "nobody could sign in through this provider")
                    .hint("say under `roles` which groups may do what, or give `everybody` a role"),
            );
        }
        let claim = section.roles.as_ref().map(|roles| roles.claim.clone()).unwrap_or_default();
        Settings {
            name,
            issuer: section.issuer.clone(),
            client_id,
            client_secret: section.client_secret.clone(),
            scopes: section.scopes.clone(),
            roles: Roles { claim, of, everybody },
        }
    }

    fn issuer(&mut self, issuer: &str, at: At<'_>) {
        let is_plain = !issuer.contains(['?', '#', '@']) && !issuer.contains(char::is_whitespace);
        let is_address = issuer.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
        if !is_plain || !(is_address || is_here(issuer)) {
            self.findings.push(
                Finding::new(at.place(), format!("{} is not the address of a provider", at.shown())).hint(
                    "write `https://`, its host and path, as its `/.well-known/openid-configuration` says under `issuer`",
                ),
            );
        }
    }

    fn roles(&mut self, section: &OidcRolesSection, at: At<'_>) -> Vec<(Role, Vec<String>)> {
        self.line(&section.claim, NAME_CHARS_MAX, at.key("claim"));
        let rules = [
            (Role::Admin, "admin", &section.admin),
            (Role::Responder, "responder", &section.responder),
            (Role::Viewer, "viewer", &section.viewer),
        ];
        for (_, name, groups) in &rules {
            let hint = format!("use at most {GROUPS_PER_ROLE_MAX}");
            self.few(groups.len(), GROUPS_PER_ROLE_MAX, (name, hint), at.key(name));
        }
        rules.map(|(role, _, groups)| (role, groups.clone())).to_vec()
    }
}
