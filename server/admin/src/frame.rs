//! What all pages for operators have in common: head, navigation, notices.

use crate::below::below;
use crate::html::{Html, Inert};
use leptos::prelude::*;
use pharos_store::Role;

use crate::Zone;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Who {
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What their forms must carry.
    pub form: String,
}

impl Who {
    /// Whether they may speak.
    pub fn responds(&self) -> bool {
        self.role >= Role::Responder
    }

    /// Whether they may manage.
    pub fn manages(&self) -> bool {
        self.role >= Role::Admin
    }
}

/// The parts of the admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What fires now.
    Dashboard,
    /// Incidents.
    Incidents,
    /// Maintenance.
    Maintenances,
    /// Announcements.
    Announcements,
    /// Components and checks.
    Components,
    /// Templates and drafts.
    Templates,
    /// Users.
    Users,
    /// Tokens.
    Tokens,
    /// What other systems report.
    Hooks,
    /// The nodes on one database.
    Nodes,
    /// The audit log.
    Audit,
    /// One's own account.
    Me,
}

impl Section {
    /// The links at the top, with the key that leads there after `g`.
    const LINKS: [(Self, &'static str, &'static str, &'static str); 11] = [
        (Self::Dashboard, "/admin", "Now", "d"),
        (Self::Incidents, "/admin/incidents", "Incidents", "i"),
        (Self::Maintenances, "/admin/maintenances", "Maintenance", "m"),
        (Self::Announcements, "/admin/announcements", "Announcements", "a"),
        (Self::Components, "/admin/components", "Components", "c"),
        (Self::Templates, "/admin/templates", "Templates", "t"),
        (Self::Users, "/admin/users", "Users", "u"),
        (Self::Tokens, "/admin/tokens", "Tokens", "k"),
        (Self::Hooks, "/admin/hooks", "Hooks", "h"),
        (Self::Nodes, "/admin/nodes", "Nodes", "n"),
        (Self::Audit, "/admin/audit", "Audit", "l"),
    ];

    fn is_for(self, who: &Who) -> bool {
        !matches!(self, Self::Users | Self::Tokens | Self::Audit) || who.manages()
    }
}

/// Something to be said at the top of a page.
#[derive(Clone, Debug)]
pub enum Notice {
    /// It is done.
    Done(String),
    /// It is not, and why.
    Refused(String),
}

/// What a page stands in.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Whose status page it is.
    pub page: String,
    /// The path under which all of it is; empty where it has its host to itself.
    pub base: String,
    /// Its time zone.
    pub zone: Zone,
    /// Who reads; `None` before they signed in.
    pub who: Option<Who>,
    /// Where they are.
    pub section: Section,
    /// What is to be said first.
    pub notice: Option<Notice>,
}

impl Frame {
    /// The hidden field that every form carries.
    pub(crate) fn token(&self) -> Html {
        let form = self.who.as_ref().map(|who| who.form.clone()).unwrap_or_default();
        view! { <input type="hidden" name="form" value=form/> }.inert()
    }

    /// Whether the reader may speak.
    pub(crate) fn responds(&self) -> bool {
        self.who.as_ref().is_some_and(Who::responds)
    }

    /// Whether the reader may manage.
    pub(crate) fn manages(&self) -> bool {
        self.who.as_ref().is_some_and(Who::manages)
    }

    /// The whole document.
    pub(crate) fn document(&self, title: &str, inside: Html) -> String {
        let body = view! {
            <a class="skip" href="#main">"Skip to the content"</a>
            {self.header()}
            <main id="main" tabindex="-1">
                {self.notice_view()}
                {inside}
            </main>
        };
        let body = body.to_html().replace("<!>", "");
        let title = format!("{title} · {} admin", self.page);
        let title = title.replace('&', "&amp;").replace('<', "&lt;");
        let document = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
             <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"/favicon.svg\">\
             <link rel=\"stylesheet\" href=\"/admin/style.css\"><script src=\"/admin/admin.js\" defer></script>\
             </head><body class=\"admin\">{body}</body></html>"
        );
        below(&document, &self.base)
    }

    fn header(&self) -> Html {
        let who = self.who.clone();
        let page = self.page.clone();
        let section = self.section;
        let links = who.as_ref().map(|who| {
            let links = Section::LINKS.into_iter().filter(|(section, ..)| section.is_for(who));
            let links: Vec<_> = links
                .map(|(of, address, text, key)| {
                    let current = (of == section).then_some("page");
                    view! { <a href=address aria-current=current data-key=key>{text}</a> }
                })
                .collect();
            view! { <nav aria-label="Admin" class="sections">{links}</nav> }
        });
        let account = who.map(|who| {
            view! {
                <div class="account">
                    <a href="/admin/me" aria-current=(section == Section::Me).then_some("page")>{who.name}</a>
                    <form method="post" action="/admin/sign-out">
                        <input type="hidden" name="form" value=who.form/>
                        <button type="submit" class="quiet">"Sign out"</button>
                    </form>
                </div>
            }
        });
        view! {
            <header>
                <p class="site"><a href="/admin">{page}</a> " " <span class="soft">"admin"</span> " " <a class="soft" href="/">"Public page"</a></p>
                {account}
                {links}
            </header>
        }
        .inert()
    }

    fn notice_view(&self) -> Option<Html> {
        Some(match self.notice.clone()? {
            Notice::Done(text) => view! { <p class="notice done" role="status">{text}</p> }.inert(),
            Notice::Refused(text) => view! { <p class="notice refused" role="alert">{text}</p> }.inert(),
        })
    }
}
