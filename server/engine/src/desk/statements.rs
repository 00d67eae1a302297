//! What operators state of a component, and how that and what its checks find make what is shown.

use pharos_model::{ComponentId, Stated, Status, UnixMs};

use super::command::NewStatement;
use super::{Refusal, Statement, Subject, Work, checked};
use crate::limits::STATEMENT_REASON_CHARS_MAX;
use crate::{Engine, Fact, Fold};

impl Engine {
    pub(super) fn state(
        &mut self,
        component: &ComponentId,
        new: Option<&NewStatement>,
        work: &mut Work<'_>,
    ) -> Result<Subject, Refusal> {
        let at = work.out.at;
        if self.fold.board.component(component).is_none() {
            return Err(Refusal::not_found("component", component));
        }
        let statement = new.map(|new| self.checked_statement(component, new, at)).transpose()?;
        if statement.is_none() && !self.fold.desk.statements.contains_key(component) {
            let hint = "its checks count already";
            return Err(Refusal::not_allowed("nothing is stated of this component", hint));
        }
        self.record(work.out, Fact::StatementMade { component: component.clone(), statement, from: at });
        work.touched.insert(component.clone(), at);
        Ok(Subject::Component(component.clone()))
    }

    fn checked_statement(
        &self,
        component: &ComponentId,
        new: &NewStatement,
        at: UnixMs,
    ) -> Result<Box<Statement>, Refusal> {
        if new.reason.plain().trim().is_empty() {
            let hint = "say to the readers why its checks do not count";
            return Err(Refusal::invalid("reason", "is empty", hint));
        }
        checked::bounded("reason", &new.reason, STATEMENT_REASON_CHARS_MAX)?;
        let is_checked = self.watches.values().any(|watch| watch.check.component.as_ref() == Some(component));
        match new.until {
            Some(until) => checked::future("until", until, at)?,
            None if is_checked => {
                let hint = "state until when your word counts instead of its checks";
                return Err(Refusal::invalid("until", "is missing", hint));
            }
            None => {}
        }
        let (status, reason) = (new.status, new.reason.clone());
        Ok(Box::new(Statement { status, reason, since: at, until: new.until }))
    }

    /// Ends what was stated until now.
    pub(super) fn end_statements(&mut self, work: &mut Work<'_>) {
        let at = work.out.at;
        let statements = self.fold.desk.statements.iter();
        let over: Vec<(ComponentId, UnixMs)> = statements
            .filter_map(|(component, statement)| Some((component.clone(), statement.until?)))
            .filter(|(_, until)| *until <= at)
            .collect();
        for (component, until) in over {
            let ended = Fact::StatementMade { component: component.clone(), statement: None, from: until };
            self.record(work.out, ended);
            let from = work.touched.entry(component).or_insert(until);
            *from = until.min(*from);
        }
    }
}

/// What is shown of a component at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What counts.
    pub status: Status,
    /// Present when it is what operators state.
    pub stated: Option<Box<Stated>>,
}

/// What operators say of a component: what was stated by hand, else the worst of what open incidents say.
pub struct Word<'a> {
    statement: Option<&'a Statement>,
    /// Whether anything but the statement tells how the component is.
    is_looked_at: bool,
    of_incidents: Option<(Status, UnixMs)>,
    maintained_since: Option<UnixMs>,
}

impl<'a> Word<'a> {
    /// Of a component, at which something looks or nothing does.
    pub fn of(fold: &'a Fold, component: &ComponentId, is_looked_at: bool) -> Self {
        let said = fold.board.open_incidents().filter_map(|incident| incident.says_of(component));
        let worst = said.reduce(|one, other| {
            let since = one.1.min(other.1);
            (one.0.worse(other.0), since)
        });
        Self {
            statement: fold.desk.statements.get(component),
            is_looked_at,
            of_incidents: worst,
            maintained_since: fold.board.maintained_since(component),
        }
    }

    /// The moments after `from` and up to `until` at which what is shown may change although the checks find the same.
    pub fn moments(&self, from: UnixMs, until: UnixMs) -> impl Iterator<Item = UnixMs> {
        let moments = [
            self.statement.map(|statement| statement.since),
            self.of_incidents.map(|(_, since)| since),
            self.maintained_since,
        ];
        moments.into_iter().flatten().filter(move |at| *at > from && *at <= until)
    }

    /// What is shown at `at` when the checks find `measured`: what was stated by hand counts before all, then maintenance, then
    /// the worse of what incidents say and the checks find. What is stated where nothing looks contradicts nobody: it counts like
    /// what checks find.
    pub fn shown(&self, at: UnixMs, measured: Status) -> Shown {
        let plain = |status| Shown { status, stated: None };
        let statement = self.statement.filter(|statement| statement.since <= at);
        let found = match statement.filter(|_| !self.is_looked_at) {
            // Where nothing looks, other systems may have reported something all the same.
            Some(statement) if measured != Status::Unknown => statement.status.worse(measured),
            Some(statement) => statement.status,
            None => measured,
        };
        if statement.is_none() || !self.is_looked_at {
            if self.maintained_since.is_some_and(|since| since <= at) {
                return plain(Status::UnderMaintenance);
            }
            if let Some((said, _)) =
                self.of_incidents.filter(|(said, since)| *since <= at && said.worse(found) != found)
            {
                let stated = Some(Box::new(Stated { measured, ..Stated::default() }));
                return Shown { status: said, stated };
            }
        }
        let Some(statement) = statement.filter(|statement| self.is_looked_at || statement.status == found)
        else {
            return plain(found);
        };
        let stated = Stated { measured, reason: statement.reason.clone(), until: statement.until };
        Shown { status: statement.status, stated: Some(Box::new(stated)) }
    }
}
