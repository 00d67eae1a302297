//! Components that people keep beside those of the configuration file. What a definition holds is checked by who hands it in;
//! here it is a text that is kept.

use pharos_model::ComponentId;

use super::kept::KeptComponent;
use super::{Refusal, Subject, Work, checked};
use crate::limits::{DEFINITION_CHARS_MAX, KEPT_COMPONENTS_MAX};
use crate::{Engine, Fact};

impl Engine {
    pub(super) fn keep_component(
        &mut self,
        id: &ComponentId,
        definition: &str,
        seen: Option<u32>,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let kept = &self.fold.desk.components;
        if definition.chars().count() > DEFINITION_CHARS_MAX {
            let hint = format!("at most {DEFINITION_CHARS_MAX} characters are kept");
            return Err(Refusal::invalid("definition", "is too long", hint));
        }
        let revision = match kept.get(id) {
            Some(before) => {
                checked::current(seen, before.revision)?;
                before.revision + 1
            }
            None if self.fold.board.component(id).is_some() => {
                let hint = "change it there; the file is read again by itself";
                return Err(Refusal::not_allowed("this component stands in the configuration file", hint));
            }
            None if kept.len() >= KEPT_COMPONENTS_MAX => {
                return Err(Refusal::Full {
                    what: "components beside the file".into(),
                    max: KEPT_COMPONENTS_MAX,
                });
            }
            None => 0,
        };
        let component = Box::new(KeptComponent { definition: definition.to_owned(), revision });
        self.record(work.out, Fact::ComponentKept { id: id.clone(), component: Some(component) });
        Ok(Subject::Component(id.clone()))
    }

    pub(super) fn drop_component(
        &mut self,
        id: &ComponentId,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        if !self.fold.desk.components.contains_key(id) {
            if self.fold.board.component(id).is_some() {
                let hint = "remove it there; the file is read again by itself";
                return Err(Refusal::not_allowed("this component stands in the configuration file", hint));
            }
            return Err(Refusal::not_found("component", id));
        }
        self.record(work.out, Fact::ComponentKept { id: id.clone(), component: None });
        Ok(Subject::Component(id.clone()))
    }
}
