//! What is kept outside of the database.

use std::path::PathBuf;

use pharos_archive::Seal;
use pharos_bucket::Place;

use super::super::Files;
use super::super::archive::{ArchiveSection, DrillSection};
use super::super::document::At;
use super::super::error::Finding;
use super::super::limits::{
    DRILL_DEFAULT_MS, DRILL_MAX_MS, DRILL_MIN_MS, KEY_FILE_BYTES_MAX, OBJECTIVE_MAX_MS,
};
use super::Assembly;
use crate::archiving::{DrillPlan, Settings};

impl Assembly {
    /// Takes where the archive is, how it is sealed, and how often it is tried.
    pub fn archive(&mut self, section: &ArchiveSection, files: &Files<'_>, at: At<'_>) -> Option<Settings> {
        let place = self.place(&section.to, section.s3.as_ref(), at);
        let mut seal = Seal::default();
        match Seal::for_recipients(section.encrypt_to.iter().map(String::as_str)) {
            Ok(sealing) => seal = sealing,
            Err(error) => self.findings.push(
                Finding::new(at.key("encrypt_to").place(), error.to_string())
                    .hint("write the public key that `age-keygen` prints: it begins with `age1`"),
            ),
        }
        if let Some(path) = &section.identity_file {
            seal = self.identities(seal, path, files, at.key("identity_file"));
        }
        let drill = self.drill(section.drill.as_ref(), at.key("drill"));
        Some(Settings { place: place?, seal, drill })
    }

    /// Sees that the archive does not lie where everybody reads.
    pub fn keep_archive_apart(&mut self, archive: Option<&Settings>, copy: Option<&Place>, at: At<'_>) {
        if archive.zip(copy).is_some_and(|(archive, copy)| archive.place.is_within(copy)) {
            let what = "the archive lies in the copy of the page, where everybody reads";
            let hint =
                "choose another place for one of them: users and their password hashes are in the archive";
            self.findings.push(Finding::new(at.key("to").place(), what).hint(hint));
        }
    }

    fn identities(&mut self, seal: Seal, path: &str, files: &Files<'_>, at: At<'_>) -> Seal {
        let Some(bytes) = self.file(path, KEY_FILE_BYTES_MAX, files, at) else { return seal };
        let text = String::from_utf8(bytes).unwrap_or_default();
        match seal.clone().with_identities(&text) {
            Ok(seal) => seal,
            Err(error) => {
                let hint = "name the file that `age-keygen -o` wrote";
                self.findings.push(Finding::new(at.place(), format!("{path}: {error}")).hint(hint));
                seal
            }
        }
    }

    fn drill(&mut self, section: Option<&DrillSection>, at: At<'_>) -> DrillPlan {
        let mut plan = DrillPlan { every_ms: DRILL_DEFAULT_MS, ..DrillPlan::default() };
        let Some(section) = section else { return plan };
        if let Some(every) = section.every {
            plan.every_ms = self.duration(every, (DRILL_MIN_MS, DRILL_MAX_MS), at.key("every"));
        }
        let mut objective = |given: Option<pharos_probe::HumanDuration>, key| {
            given.map(|given| self.duration(given, (1, OBJECTIVE_MAX_MS), at.key(key)))
        };
        plan.rto_ms = objective(section.rto, "rto");
        plan.rpo_ms = objective(section.rpo, "rpo");
        plan.scratch = section.scratch.as_ref().map(PathBuf::from);
        plan
    }
}
