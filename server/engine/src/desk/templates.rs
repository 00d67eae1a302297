//! Templates that people keep.

use super::{Refusal, Subject, Template, TemplateId, Work, checked};
use crate::limits::{SOURCE_CHARS_MAX, TEMPLATES_MAX};
use crate::{Engine, Fact};

impl Engine {
    pub(super) fn save_template(
        &mut self,
        template: &Template,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let templates = &self.fold.desk.templates;
        checked::plain_line("name", &template.name)?;
        checked::plain_line("title", &template.title)?;
        checked::bounded("body", &template.body.as_str().into(), SOURCE_CHARS_MAX)?;
        checked::components("components", &template.components, &self.fold.board)?;
        let (id, revision) = match template.id.as_str() {
            "" if templates.len() >= TEMPLATES_MAX => {
                return Err(Refusal::Full { what: "templates".into(), max: TEMPLATES_MAX });
            }
            "" => {
                let words = checked::slug(&template.name);
                let stem = if words.is_empty() { "template" } else { &words };
                let id =
                    checked::free(stem, |text| TemplateId::new(text).ok(), |id| templates.contains_key(id));
                let refusal = || Refusal::invalid("name", "makes no name that is free", "call it otherwise");
                (id.ok_or_else(refusal)?, 0)
            }
            _ => {
                let before = templates.get(&template.id);
                let before = before.ok_or_else(|| Refusal::not_found("template", &template.id))?;
                checked::current(Some(template.revision), before.revision)?;
                (template.id.clone(), before.revision + 1)
            }
        };
        let next = Template { id: id.clone(), revision, ..template.clone() };
        self.record(work.out, Fact::TemplateSaved(Box::new(next)));
        Ok(Subject::Template(id))
    }

    pub(super) fn drop_template(&mut self, id: &TemplateId, work: &mut Work<'_>) -> Result<Subject, Refusal> {
        if !self.fold.desk.templates.contains_key(id) {
            return Err(Refusal::not_found("template", id));
        }
        self.record(work.out, Fact::TemplateDropped { id: id.clone() });
        Ok(Subject::Template(id.clone()))
    }
}
