//! Programs on tape: a server that lives several times while jobs report, and commands.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pharos_tests::EventStream;

use super::tape::{self, Record};
use crate::alone::{Alone, library};
use crate::clock;
use crate::cluster::jobs::{self, Heartbeat, Jobs};
use crate::cluster::node;
use crate::cluster::upstream::Upstream;
use crate::play::Play;

const SOURCE: &str = include_str!("recorder.c");
const TARGETS: usize = 4;
const JOBS: usize = 20;
const JOB_EVERY: Duration = Duration::from_millis(100);
/// Lives of the server: the first is ended politely, the others are killed.
const LIVES: usize = 3;
/// Changes in each life.
const CHANGES: usize = 4;
/// Heartbeats that are taken between two changes.
const BEATS: usize = 100;
const BEATS_MAX: Duration = Duration::from_mins(1);

/// What a server did, and what others were told meanwhile.
pub struct Taped {
    /// The node, which does not run any more.
    pub alone: Alone,
    /// What it did to its files.
    pub records: Vec<Record>,
    /// What jobs were told.
    pub beats: Vec<Heartbeat>,
    /// What an open page was told: when, in milliseconds of the clock of the wall, and up to which place in the journal.
    pub told: Vec<(i64, i64)>,
    recorder: PathBuf,
    root: PathBuf,
}

impl Taped {
    /// Lets a server live several times.
    ///
    /// # Errors
    /// When it does not come up, or takes no heartbeats.
    pub async fn server(drill: &Play) -> Result<Self> {
        let (upstream, mut chance) = (Upstream::start(TARGETS).await?, drill.chance(1));
        let tokens = jobs::tokens(JOBS, &mut chance);
        let mut alone = Alone::new(drill, &node::yaml(&upstream, TARGETS, &tokens))?;
        let recorder = library::compile(&alone, "recorder", SOURCE)?;
        fs::create_dir_all(alone.at("disk"))?;
        // The system tells of open files by the names that they have in truth.
        let root = fs::canonicalize(alone.at("disk"))?;
        alone.keeps_in(root.join("data"));
        let tape = alone.at("server.tape");
        let set = [("LD_PRELOAD", &recorder), ("DRILL_ROOT", &root), ("DRILL_TAPE", &tape)];
        alone.environment = set.map(|(name, path)| (name.to_owned(), path.display().to_string())).to_vec();
        let mut jobs = Jobs::start(&tokens, &[alone.address], JOB_EVERY);
        let mut told = Vec::new();
        for life in 0..LIVES {
            alone.start().await?;
            let listening = listen(alone.address)?;
            for change in 0..CHANGES {
                upstream.switches().turn((life + change) % TARGETS);
                jobs.wait_for(BEATS, BEATS_MAX).await?;
            }
            if life == 0 {
                alone.stop()?;
            } else {
                alone.kill();
            }
            told.extend(listening.join().unwrap_or_default());
        }
        jobs.stop().await;
        let records = tape::read(&fs::read(&tape).context("nothing was taken down")?)?;
        // While it was down nobody took any, so that these cannot be there.
        let beats = jobs.log().into_iter().filter(|beat| beat.acknowledged != Some(false)).collect();
        Ok(Self { alone, records, beats, told, recorder, root })
    }

    /// What a command of the binary does to files below the folder that is recorded. It is named by its first word, and must be done.
    ///
    /// # Errors
    /// When it is not.
    pub fn command(&self, drill: &Play, words: &[&str]) -> Result<Vec<Record>> {
        let tape = self.alone.at(&format!("{}.tape", words[0]));
        let mut command = Command::new(drill.binary.as_ref().context("the drill was given no binary")?);
        command.args(words).env("NO_COLOR", "1");
        command.env("LD_PRELOAD", &self.recorder).env("DRILL_ROOT", &self.root).env("DRILL_TAPE", &tape);
        let output = command.output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`pharos {}` was not done: {complaint}", words[0]);
        tape::read(&fs::read(&tape).context("nothing was taken down")?)
    }

    /// A place in the folder that is recorded.
    pub fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Notes what an open page is told, until its stream ends.
fn listen(address: SocketAddr) -> Result<JoinHandle<Vec<(i64, i64)>>> {
    let stream = EventStream::open(address, None)?;
    Ok(std::thread::spawn(move || {
        let mut told = Vec::new();
        while let Ok(frame) = stream.next_frame() {
            let seq = frame.id.rsplit_once('.').and_then(|(_, seq)| seq.parse().ok());
            told.extend(seq.map(|seq| (clock::now().0, seq)));
        }
        told
    }))
}
