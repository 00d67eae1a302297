//! The watcher on real files: it tells of what changed, and of nothing else.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::RwLock;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use crate::config::{ConfigError, ConfigWatcher, Loaded, load};

/// Long enough for a slow machine; a test that waits as long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A hangup goes to the whole process: the test of it writes, all others read.
static HANGUPS: RwLock<()> = RwLock::const_new(());

type Reports = Receiver<Result<Loaded, ConfigError>>;

fn named(name: &str) -> String {
    format!(
        "page:\n  name: {name}\ncomponents:\n  - id: api\n    name: API\n    checks:\n      - tcp: {{ address: \
         \"192.0.2.1:53\" }}\n"
    )
}

fn watched(name: &str) -> (TempDir, PathBuf, Reports) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pharos.yaml");
    std::fs::write(&path, named(name)).unwrap();
    let reports = ConfigWatcher::spawn(path.clone(), &load(&path).unwrap());
    (folder, path, reports)
}

async fn next(reports: &mut Reports) -> Result<Loaded, ConfigError> {
    timeout(PATIENCE, reports.recv()).await.expect("a report within the time").expect("the watcher lives")
}

async fn next_name(reports: &mut Reports) -> String {
    next(reports).await.unwrap().engine.definition.page.name.plain().to_owned()
}

fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(&beside, path).unwrap();
}

#[tokio::test]
async fn a_file_that_is_written_to_is_read_again() {
    let _no_hangups = HANGUPS.read().await;
    let (_folder, path, mut reports) = watched("One");
    std::fs::write(&path, named("Two")).unwrap();
    assert_eq!(next_name(&mut reports).await, "Two");
}

#[tokio::test]
async fn a_file_that_is_replaced_is_read_again() {
    let _no_hangups = HANGUPS.read().await;
    let (_folder, path, mut reports) = watched("One");
    replace(&path, &named("Two"));
    assert_eq!(next_name(&mut reports).await, "Two");
    replace(&path, &named("Three"));
    assert_eq!(next_name(&mut reports).await, "Three");
}

#[tokio::test]
async fn a_file_that_is_touched_without_change_is_not_reported() {
    let _no_hangups = HANGUPS.read().await;
    let (_folder, path, mut reports) = watched("One");
    std::fs::write(&path, named("One")).unwrap();
    replace(&path, &named("One"));
    // What is reported next is the change that follows, and not what went before.
    std::fs::write(&path, named("Two")).unwrap();
    assert_eq!(next_name(&mut reports).await, "Two");
    assert!(reports.try_recv().is_err());
}

#[tokio::test]
async fn a_bad_file_is_reported_and_its_repair_too() {
    let _no_hangups = HANGUPS.read().await;
    let (_folder, path, mut reports) = watched("One");
    replace(&path, "page: nonsense\n");
    let error = next(&mut reports).await.unwrap_err().to_string();
    assert!(error.contains("pharos.yaml:1:7: `page` must be a section of keys"), "{error}");
    replace(&path, &named("One"));
    assert_eq!(next_name(&mut reports).await, "One");
}

#[tokio::test]
async fn a_file_that_vanishes_is_reported_once_and_its_return_too() {
    let _no_hangups = HANGUPS.read().await;
    let (_folder, path, mut reports) = watched("One");
    std::fs::remove_file(&path).unwrap();
    let error = next(&mut reports).await.unwrap_err().to_string();
    assert!(error.contains("the file cannot be read"), "{error}");
    std::fs::write(path.with_extension("other"), "noise").unwrap();
    std::fs::write(&path, named("One")).unwrap();
    assert_eq!(next_name(&mut reports).await, "One");
}

/// As a mounted config map does it: the file links to `..data/pharos.yaml`, `..data` links to a folder, and a new
/// folder is put in its place.
#[cfg(unix)]
#[tokio::test]
async fn a_config_map_that_is_swapped_is_read_again() {
    use std::os::unix::fs::symlink;
    let _no_hangups = HANGUPS.read().await;
    let folder = tempfile::tempdir().unwrap();
    let fill = |version: &str, name: &str| {
        std::fs::create_dir(folder.path().join(version)).unwrap();
        std::fs::write(folder.path().join(version).join("pharos.yaml"), named(name)).unwrap();
    };
    fill("..1", "One");
    symlink("..1", folder.path().join("..data")).unwrap();
    symlink("..data/pharos.yaml", folder.path().join("pharos.yaml")).unwrap();
    let path = folder.path().join("pharos.yaml");
    let mut reports = ConfigWatcher::spawn(path.clone(), &load(&path).unwrap());
    fill("..2", "Two");
    symlink("..2", folder.path().join("..data_new")).unwrap();
    std::fs::rename(folder.path().join("..data_new"), folder.path().join("..data")).unwrap();
    assert_eq!(next_name(&mut reports).await, "Two");
}

#[tokio::test]
async fn a_change_made_before_watching_began_is_found() {
    let _no_hangups = HANGUPS.read().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pharos.yaml");
    std::fs::write(&path, named("One")).unwrap();
    let in_force = load(&path).unwrap();
    std::fs::write(&path, named("Two")).unwrap();
    let mut reports = ConfigWatcher::spawn(path, &in_force);
    assert_eq!(next_name(&mut reports).await, "Two");
}

#[tokio::test]
async fn watching_ends_when_nobody_listens() {
    let _no_hangups = HANGUPS.read().await;
    let (_folder, path, reports) = watched("One");
    let handle = tokio::runtime::Handle::current();
    assert!(handle.metrics().num_alive_tasks() >= 1);
    drop(reports);
    let ended = async {
        while handle.metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, ended).await.expect("the watcher ends");
    std::fs::write(&path, named("Two")).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_hangup_reads_an_unchanged_file_again() {
    use tokio::signal::unix::{SignalKind, signal};
    let _alone = HANGUPS.write().await;
    // Without a handler the signal would end this process.
    let _handled = signal(SignalKind::hangup()).unwrap();
    let (_folder, _path, mut reports) = watched("One");
    let heard = async {
        loop {
            let status = std::process::Command::new("kill")
                .args(["-HUP", &std::process::id().to_string()])
                .status()
                .unwrap();
            assert!(status.success());
            if let Ok(report) = timeout(Duration::from_millis(200), reports.recv()).await {
                break report.unwrap().unwrap();
            }
        }
    };
    let loaded = timeout(PATIENCE, heard).await.expect("the hangup is heard");
    assert_eq!(loaded.engine.definition.page.name.plain(), "One");
}

#[tokio::test]
async fn a_change_of_a_file_that_the_configuration_names_is_told_too() {
    let _no_hangups = HANGUPS.read().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pharos.yaml");
    let sheet = folder.path().join("own.css");
    std::fs::write(&sheet, "a { color: red }").unwrap();
    std::fs::write(
        &path,
        named("One").replace("components:", "  theme: { stylesheet: own.css }\ncomponents:"),
    )
    .unwrap();
    let loaded = load(&path).unwrap();
    let before = loaded.engine.definition.page.presentation.stylesheet.clone();
    let mut reports = ConfigWatcher::spawn(path, &loaded);
    replace(&sheet, "a { color: blue }");
    let loaded = next(&mut reports).await.unwrap();
    assert_ne!(loaded.engine.definition.page.presentation.stylesheet, before);
}
