//! What a form sent.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use http::StatusCode;
use pharos_admin::Zone;
use pharos_admin::pages::Typed;
use pharos_model::{Affected, ComponentId, Snapshot, Status, UnixMs};

use super::view;
use crate::accounts::Via;
use crate::http::Services;
use crate::http::api::access::Caller;
use crate::http::api::extract::bytes;
use crate::http::api::problem::Problem;

/// The most fields a form may have.
const FIELDS_MAX: usize = 20_000;

/// A form, sent by somebody who may send it.
pub struct Sent {
    /// Who.
    pub caller: Caller,
    /// What.
    pub form: Form,
}

/// The fields of a form.
#[derive(Clone, Debug)]
pub struct Form(pub Typed);

impl Form {
    /// Reads a form or a query.
    pub fn parse(bytes: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(bytes).take(FIELDS_MAX);
        Self(Typed(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()))
    }

    /// The value of a field, without what is around it.
    pub fn get(&self, name: &str) -> String {
        self.0.get(name).trim().to_owned()
    }

    /// A text as it was typed, with the line ends that everybody else has.
    pub fn text(&self, name: &str) -> String {
        self.0.get(name).replace("\r\n", "\n").trim().to_owned()
    }

    /// Whether a box was ticked.
    pub fn on(&self, name: &str) -> bool {
        !self.0.get(name).is_empty()
    }

    /// The revision that was seen.
    pub fn revision(&self) -> Option<u32> {
        self.get("revision").parse().ok()
    }

    /// A moment in the page's zone.
    ///
    /// # Errors
    /// When the field holds something else.
    pub fn moment(&self, name: &'static str, zone: &Zone) -> Result<Option<UnixMs>, Problem> {
        let text = self.get(name);
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || Problem::invalid(name, "is no moment", "write it as 2026-11-26T14:30");
        zone.parse(&text).map(Some).ok_or_else(wrong)
    }

    /// A number.
    ///
    /// # Errors
    /// When the field holds something else.
    pub fn number(&self, name: &'static str) -> Result<Option<u64>, Problem> {
        let text = self.get(name);
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || Problem::invalid(name, "is no whole number", "write digits only");
        text.parse().map(Some).map_err(|_| wrong())
    }

    /// The components that were ticked.
    pub fn components(&self) -> Vec<ComponentId> {
        let names = self.0.0.iter().filter_map(|(name, value)| {
            let id = name.strip_prefix("component.")?;
            (!value.is_empty()).then(|| ComponentId::new(id).ok()).flatten()
        });
        names.collect()
    }

    /// What components are in, and those that are only affected.
    pub fn affected(&self, board: &Snapshot) -> (Vec<Affected>, Vec<ComponentId>) {
        let (mut stated, mut only) = (Vec::new(), Vec::new());
        for component in &board.components {
            let id = component.definition.id.clone();
            let word = self.get(&format!("status.{id}"));
            if word == "affected" {
                only.push(id);
            } else if let Some(status) = Status::ALL.into_iter().find(|status| status.as_str() == word) {
                stated.push(Affected { component: id, status });
            }
        }
        (stated, only)
    }
}

impl FromRequest<Arc<Services>> for Sent {
    type Rejection = axum::response::Response;

    async fn from_request(request: Request, services: &Arc<Services>) -> Result<Self, Self::Rejection> {
        let caller = request.extensions().get::<Caller>().cloned();
        let refuse = |caller: Option<&Caller>, text: &str| {
            view::message(services, caller, StatusCode::FORBIDDEN, "Nothing was done", text)
        };
        let Some(caller) = caller else { return Err(refuse(None, "Nobody is signed in.")) };
        let bytes = match bytes(request).await {
            Ok(bytes) => bytes,
            Err(problem) => {
                return Err(view::message(
                    services,
                    Some(&caller),
                    problem.status,
                    "Nothing was done",
                    &problem.detail,
                ));
            }
        };
        let form = Form::parse(&bytes);
        let expected = match &caller.principal.via {
            Via::Session { form, .. } => form.clone(),
            Via::Token { .. } => String::new(),
        };
        if expected.is_empty() || form.get("form") != expected {
            return Err(refuse(
                Some(&caller),
                "The form was not made by this page for you. Load the page again.",
            ));
        }
        Ok(Self { caller, form })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_send_it() {
        let form =
            Form::parse(b"title=A+%26+B&body=one%0D%0Atwo&component.api=on&component.web=&sure=on&at=");
        assert_eq!(form.get("title"), "A & B");
        assert_eq!(form.text("body"), "one\ntwo");
        assert_eq!(form.components(), [ComponentId::new("api").unwrap()]);
        assert!(form.on("sure") && !form.on("other"));
        assert_eq!(form.moment("at", &Zone::named("UTC")).unwrap(), None);
        assert!(form.moment("title", &Zone::named("UTC")).is_err());
        assert!(form.number("title").is_err());
    }
}
