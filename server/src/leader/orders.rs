//! What operators ask for, carried out once and answered when it is written.

use pharos_engine::Input;
use pharos_engine::desk::{Command, Commanded, Refusal};
use pharos_model::Incident;
use pharos_store::{Margin, StoreError};

use super::{Ending, Leader};
use crate::operators::{self, Author, Done, Failure, OnceKey, Order};

/// Says no to what no database will ever take.
fn unwritable() -> Failure {
    Failure::Refused(Refusal::Invalid {
        field: "request".into(),
        why: "holds a character that the database cannot keep".to_owned(),
        hint: "leave it out; the log of the node that leads has what the database said".to_owned(),
    })
}

impl Leader {
    /// Carries out what an operator asks for, and answers when it is written.
    pub(super) async fn obey(&mut self, order: Order, ending: &Ending<'_>) {
        let Order { command, author, once, reply } = order;
        // It waited while nothing could be written, and was answered: whoever asked may have asked again, or said it elsewhere.
        if reply.is_closed() {
            return;
        }
        // Whoever asked may have given up on an answer that came late, and ask again: what is done is not done twice.
        match self.earlier(&author, once.as_ref()).await {
            Ok(None) => {}
            Ok(Some(done)) => {
                let _gone = reply.send(Ok(done));
                return;
            }
            Err(failure) => {
                let _gone = reply.send(Err(failure));
                return;
            }
        }
        let recalled = match self.recall(&command).await {
            Ok(recalled) => recalled,
            Err(error) => {
                tracing::error!(%error, "an incident could not be read");
                let _gone = reply.send(Err(Failure::busy("the history cannot be read")));
                return;
            }
        };
        let before = operators::before(self.engine.fold(), &command, recalled.as_ref());
        let commanded = Box::new(Commanded { command: command.clone(), recalled });
        let mut output = self.engine.step(self.tools.clock.now(), Input::Commanded(commanded));
        let (margin, answer) = match output.answer.take() {
            Some(Ok(subject)) => {
                let after = operators::now(self.engine.fold(), &subject);
                let of = (&author, once.as_ref());
                let facts = (&*output.facts, output.at);
                (operators::margin(&command, of, &subject, (before, after), facts), Ok(subject))
            }
            Some(Err(refusal)) => (Margin::default(), Err(Failure::from(refusal))),
            None => (Margin::default(), Err(Failure::busy("the core gave no answer"))),
        };
        // What changes nothing has nothing to be written.
        let is_known_already = output.facts.is_empty() && margin == Margin::default();
        let written = self.carry_out(output, margin, ending).await;
        let mut answer = match (answer, written) {
            (Ok(subject), Some(seq)) => Ok(Done { subject, seq }),
            (Ok(subject), None) if is_known_already && !ending.lead.is_over() && !self.obsolete => {
                Ok(Done { subject, seq: 0 })
            }
            (Ok(_), None) if self.unwritable => Err(unwritable()),
            (Ok(_), None) => Err(Failure::Late),
            (Err(failure), _) => Err(failure),
        };
        if matches!(command, Command::KeepComponent { .. } | Command::DropComponent { .. }) && answer.is_ok()
        {
            let input = self.recompose();
            let output = self.engine.step(self.tools.clock.now(), input);
            let seq = self.carry_out(output, Margin::default(), ending).await;
            if let (Ok(done), Some(seq)) = (&mut answer, seq) {
                done.seq = seq;
            }
        }
        // Who asked may have given up waiting.
        let _gone = reply.send(answer);
    }

    /// What an earlier request with the same key led to.
    async fn earlier(&self, author: &Author, once: Option<&OnceKey>) -> Result<Option<Done>, Failure> {
        let Some(once) = once else { return Ok(None) };
        let unread = |error: StoreError| {
            tracing::error!(%error, "what a key was used for could not be read");
            Failure::busy("the history cannot be read")
        };
        let store = &self.tools.store;
        let Some(earlier) = store.once(&author.actor, &once.key).await.map_err(unread)? else {
            return Ok(None);
        };
        if earlier.fingerprint != once.fingerprint {
            return Err(Failure::KeyInUse);
        }
        let Ok(subject) = serde_json::from_str(&earlier.outcome) else { return Ok(None) };
        Ok(Some(Done { subject, seq: store.head().await.map_err(unread)?.seq }))
    }

    /// The incident that a command is about, where it is too old for the fold.
    async fn recall(&self, command: &Command) -> Result<Option<Incident>, StoreError> {
        let draft = match command {
            Command::PublishDraft { id } => self.engine.fold().desk.drafts.get(id),
            _ => None,
        };
        let id = draft.map_or(command, |draft| &draft.command).incident();
        match id.filter(|id| self.engine.fold().board.incident(id).is_none()) {
            Some(id) => self.tools.store.incident(id).await,
            None => Ok(None),
        }
    }
}
