//! What a node tells whoever supervises its process: a service manager that gave it a socket.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use pharos_test_servers::Postgres;
use pharos_tests::{Pharos, Setup, Target, wait_for};

use crate::{one_component, wait_for_page};

const WATCHDOG: Duration = Duration::from_secs(4);

/// The other end of what a node is told to tell.
struct Manager {
    socket: UnixDatagram,
    name: String,
}

impl Manager {
    /// With a socket in the folder of `setup`.
    fn of(setup: &Setup) -> Self {
        let path = setup.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        Self::with(socket, path.display().to_string())
    }

    /// With a socket that has a name and no file.
    fn without_file() -> Self {
        let name = format!("pharos-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        Self::with(UnixDatagram::bind_addr(&address).unwrap(), format!("@{name}"))
    }

    fn with(socket: UnixDatagram, name: String) -> Self {
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        Self { socket, name }
    }

    fn start(&self, setup: &Setup, arguments: &[&str]) -> Pharos {
        let mut command = setup.command("127.0.0.1:0");
        command.args(arguments).env("NOTIFY_SOCKET", &self.name);
        command.env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
        Pharos::spawn(command).unwrap()
    }

    /// What it was told in one go.
    fn hear(&self) -> Option<String> {
        let mut bytes = [0; 4_096];
        let count = self.socket.recv(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes[..count]).into_owned())
    }

    /// Waits until it is told this.
    fn told(&self, words: &str) -> String {
        wait_for(&format!("the service manager to be told {words:?}"), || {
            self.hear().filter(|heard| heard.contains(words))
        })
    }

    /// Waits for signs of life, none of them late.
    fn lives(&self, count: usize) {
        self.told("WATCHDOG=1");
        for _ in 0..count {
            let before = Instant::now();
            self.told("WATCHDOG=1");
            assert!(before.elapsed() < WATCHDOG, "a sign of life came after {:?}", before.elapsed());
        }
    }
}

#[test]
fn a_service_manager_is_told_when_the_page_is_there_and_when_the_node_ends() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let manager = Manager::of(&setup);
    let mut pharos = manager.start(&setup, &[]);
    let ready = manager.told("READY=1");
    assert_eq!(ready, format!("READY=1\nSTATUS=leads, at http://{}", pharos.address));
    assert_eq!(pharos.get("/readyz").unwrap().status, 200);
    pharos.signal("TERM").unwrap();
    manager.told("STOPPING=1");
    assert!(pharos.ended().success());
}

#[test]
fn a_node_that_lives_says_so_twice_in_the_time_it_is_given() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let manager = Manager::without_file();
    let pharos = manager.start(&setup, &[]);
    manager.lives(3);
    // One that is stopped in its tracks does not.
    pharos.signal("STOP").unwrap();
    while manager.hear().is_some() {}
    let stopped = Instant::now();
    while stopped.elapsed() < WATCHDOG {
        assert_eq!(manager.hear(), None);
    }
    pharos.signal("CONT").unwrap();
    manager.lives(1);
}

#[test]
fn a_refused_configuration_is_told_to_the_service_manager() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let manager = Manager::of(&setup);
    let pharos = manager.start(&setup, &[]);
    manager.told("READY=1");
    setup.configure("page: 7\n").unwrap();
    pharos.signal("HUP").unwrap();
    manager.told("; the newest configuration was refused");
    setup.configure(&one_component(&target)).unwrap();
    assert!(!manager.told("STATUS=").contains("refused"));
}

#[test]
fn a_database_that_is_gone_is_no_reason_to_have_the_node_killed() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let manager = Manager::of(&setup);
    let mut server = Postgres::primary();
    let address = server.address(&server.database());
    let pharos = manager.start(&setup, &["--database", &address]);
    wait_for_page(&pharos, "Public API");
    server.crash();
    manager.told("; the database fails, and the page is served from memory");
    manager.lives(3);
    assert_eq!(pharos.get("/readyz").unwrap().status, 200);
}
