//! `tls`: looks at a certificate: its chain, its name, and the days it has left.

use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::address;
use crate::budget::Budget;
use crate::outcome::{Look, Outcome, Reason, ReasonKind};
use crate::prober::Prober;
use crate::tcp;
use crate::tls_client::Offer;

/// Looks at the certificate of a TLS service.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TlsCheck {
    /// Host and port, as in `example.com:443`.
    #[garde(custom(tcp::check_address))]
    #[schemars(example = &"example.com:443")]
    pub address: String,
    /// The name the certificate must be for. Without it, the host.
    #[garde(inner(length(bytes, min = 1, max = 253)))]
    pub server_name: Option<String>,
    /// With fewer days left than this the service is degraded.
    #[serde(default = "days_left_default")]
    #[garde(range(max = 3650))]
    pub days_left: u16,
}

pub(crate) fn days_left_default() -> u16 {
    14
}

/// What to say of a certificate that ends in `days`, when `least` are asked for.
pub(crate) fn judge(days: i64, least: i64) -> Option<Reason> {
    let sentence = match days {
        days if days >= least => return None,
        ..0 => format!("TLS: the certificate has expired, expected at least {least} days left; renew it"),
        0 => format!("TLS: the certificate expires today, expected at least {least} days; renew it"),
        1 => format!("TLS: the certificate expires in 1 day, expected at least {least}; renew it"),
        days => format!("TLS: the certificate expires in {days} days, expected at least {least}; renew it"),
    };
    Some(Reason::new(ReasonKind::CertificateExpiresSoon, sentence))
}

/// Looks once.
pub async fn look(prober: &Prober, check: &TlsCheck, budget: &Budget, look: &mut Look) {
    let Some((host, port)) = tcp::split(&check.address) else { return look.down(tcp::no_port()) };
    let name = check.server_name.as_deref().unwrap_or(host);
    let stream = match address::connect(prober, host, port, budget, look).await {
        Ok(stream) => stream,
        Err(reason) => return look.down(reason),
    };
    if let Err(reason) = prober.tls().handshake(stream, (name, Offer::Nothing), budget, look).await {
        return look.down(reason);
    }
    judge_days(look, check.days_left);
}

/// Judges the days that the certificate seen has left.
pub(crate) fn judge_days(look: &mut Look, least: u16) {
    let Some(days) = look.facts.certificate_days_left else {
        let sentence = "Could not look: it cannot be read from the certificate when it expires";
        return look.down(Reason::new(ReasonKind::CouldNotLook, sentence));
    };
    if let Some(reason) = judge(days, i64::from(least)) {
        look.failure = Some((Outcome::Degraded, reason));
    }
}
