//! Signing in through a provider, as a file describes it.

use pharos_store::Role;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// How operators sign in beside a name and a password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInSection {
    /// A provider that speaks OpenID Connect, such as Keycloak, Authentik, Entra ID, Okta or Google. Tell it to send people back
    /// to `/admin/oidc/callback` below the address of this page.
    pub oidc: Option<OidcSection>,
}

/// A provider that speaks OpenID Connect.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcSection {
    /// What operators call it.
    #[schemars(example = &"Example ID")]
    pub name: String,
    /// Its identifier: the address before `/.well-known/openid-configuration`.
    #[schemars(example = &"https://id.example.com/realms/example")]
    pub issuer: String,
    /// The identifier that it gave to this page.
    #[schemars(example = &"pharos")]
    pub client_id: String,
    /// The secret that it gave to this page.
    #[schemars(with = "String", example = &"${OIDC_SECRET}")]
    pub client_secret: SecretString,
    /// What to ask it for; `openid` is always among it.
    #[serde(default = "scopes")]
    #[schemars(example = &["openid", "profile", "email", "groups"])]
    pub scopes: Vec<String>,
    /// Who may do what, by what the provider says of a person. The highest role counts, and it is looked at whenever somebody
    /// signs in.
    pub roles: Option<OidcRolesSection>,
    /// The role of all whom the provider lets in and `roles` does not name. Without it they stay outside.
    pub everybody: Option<RoleWord>,
}

fn scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).to_vec()
}

/// Who may do what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcRolesSection {
    /// The claim that says to which groups a person belongs. Dots lead into a claim that holds others.
    #[schemars(example = &"groups", example = &"realm_access.roles")]
    pub claim: String,
    /// The groups whose members may do everything.
    #[serde(default)]
    #[schemars(example = &["sre-leads"])]
    pub admin: Vec<String>,
    /// The groups whose members may speak on the page.
    #[serde(default)]
    #[schemars(example = &["sre"])]
    pub responder: Vec<String>,
    /// The groups whose members may look.
    #[serde(default)]
    #[schemars(example = &["staff"])]
    pub viewer: Vec<String>,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleWord {
    /// Look.
    Viewer,
    /// Look, and speak on the page.
    Responder,
    /// Everything.
    Admin,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Viewer => Self::Viewer,
            RoleWord::Responder => Self::Responder,
            RoleWord::Admin => Self::Admin,
        }
    }
}
