//! Parts of forms.

use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_model::{Component, ComponentId, Status};

use crate::words;

/// What a form was sent with, so that nothing typed is lost when it is refused.
#[derive(Clone, Debug, Default)]
pub struct Typed(pub Vec<(String, String)>);

impl Typed {
    /// The value of a field; empty when there is none.
    pub fn get(&self, name: &str) -> String {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The value of a field, or another.
    pub fn or(&self, name: &str, other: &str) -> String {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or_else(|| other.to_owned(), |(_, value)| value.clone())
    }

    /// Whether a box was ticked; as it `was` where nothing was sent.
    pub fn ticked(&self, name: &str, was: bool) -> bool {
        if self.is_empty() { was } else { !self.get(name).is_empty() }
    }

    /// The same where it was sent by the form that does one of these `actions`, else nothing: what was typed belongs into the form
    /// that was sent, and into no other.
    #[must_use]
    pub fn of(&self, actions: &[&str]) -> Self {
        if actions.contains(&&*self.get("action")) { self.clone() } else { Self::default() }
    }

    /// Whether nothing was sent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A field of one line.
pub fn line(name: &'static str, label: &'static str, value: String, required: bool) -> Html {
    view! {
        <label class="field">
            <span>{label}</span>
            <input type="text" name=name value=value required=required maxlength="200" autocomplete="off"/>
        </label>
    }
    .inert()
}

/// A field of any type.
pub fn input(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    value: String,
    hint: &'static str,
) -> Html {
    view! {
        <label class="field">
            <span>{label}</span>
            <input type=kind name=name value=value autocomplete="off"/>
            {(!hint.is_empty()).then(|| view! { <small>{hint}</small> })}
        </label>
    }
    .inert()
}

/// A moment that is there already, with what it was before anybody typed: the form tells whether it was touched, so that its seconds
/// are not lost.
pub fn moment_field(
    name: &'static str,
    label: &'static str,
    (value, before): (String, String),
    hint: &'static str,
) -> Html {
    let was = format!("{name}.was");
    view! {
        {input(name, label, "datetime-local", value, hint)}
        <input type="hidden" name=was value=before/>
    }
    .inert()
}

/// A text in Markdown with a place for its preview.
pub fn markdown(name: &'static str, label: &'static str, value: &str, required: bool) -> Html {
    // Leptos writes what is inside a text area as it is: the value must be escaped here.
    let inside = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    view! {
        <label class="field">
            <span>{label} " " <small>"Markdown"</small></span>
            <textarea name=name rows="5" maxlength="20000" required=required data-preview=name inner_html=inside></textarea>
        </label>
        <div class="preview prose" data-preview-of=name hidden></div>
    }
    .inert()
}

/// A choice among words.
pub fn choice(
    name: &'static str,
    label: &'static str,
    options: Vec<(String, &'static str)>,
    chosen: &str,
) -> Html {
    let options: Vec<_> = options
        .into_iter()
        .map(|(value, text)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect();
    view! { <label class="field"><span>{label}</span><select name=name>{options}</select></label> }.inert()
}

/// The statuses that a person may state.
pub const STATED: [Status; 5] = [
    Status::Operational,
    Status::DegradedPerformance,
    Status::PartialOutage,
    Status::MajorOutage,
    Status::UnderMaintenance,
];

/// What each component is in, with the choice to say nothing.
pub fn affected(components: &[Component], typed: &Typed) -> Html {
    let rows: Vec<_> = components
        .iter()
        .map(|component| {
            let id = component.definition.id.as_str().to_owned();
            let name = component.definition.name.plain().to_owned();
            let field = format!("status.{id}");
            let chosen = typed.get(&field);
            let mut options = vec![(String::new(), "—"), ("affected".to_owned(), "Affected")];
            options.extend(STATED.iter().map(|status| (status.as_str().to_owned(), words::status(*status))));
            let options: Vec<_> = options
                .into_iter()
                .map(|(value, text)| {
                    let selected = value == chosen;
                    view! { <option value=value selected=selected>{text}</option> }
                })
                .collect();
            view! {
                <label class="row">
                    <span>{name} " " {state(component)}</span>
                    <select name=field>{options}</select>
                </label>
            }
        })
        .collect();
    view! { <fieldset class="affected"><legend>"Components"</legend>{rows}</fieldset> }.inert()
}

/// Components to be chosen.
pub fn chosen(components: &[Component], chosen: &[ComponentId], typed: &Typed) -> Html {
    let rows: Vec<_> = components
        .iter()
        .map(|component| {
            let id = component.definition.id.as_str().to_owned();
            let name = component.definition.name.plain().to_owned();
            let field = format!("component.{id}");
            let checked = if typed.is_empty() {
                chosen.contains(&component.definition.id)
            } else {
                !typed.get(&field).is_empty()
            };
            view! {
                <label class="row"><input type="checkbox" name=field value="on" checked=checked/> <span>{name}</span></label>
            }
        })
        .collect();
    view! { <fieldset class="affected"><legend>"Components"</legend>{rows}</fieldset> }.inert()
}

/// A component's status in a word and a shape.
pub fn state(component: &Component) -> Html {
    mark(component.status)
}

/// A status in a word and a shape.
pub fn mark(status: Status) -> Html {
    let class = format!("mark {}", words::tone(status));
    view! { <span class=class><span aria-hidden="true">{words::shape(status)}</span> " " {words::status(status)}</span> }
        .inert()
}
