//! Ties a load program to whoever started it: when the pipe to its standard input closes, it is time to end.

use std::io::BufRead;

use tokio::sync::oneshot;

/// Resolves when a line or the end of the standard input arrives.
pub fn pulled() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        // A broken pipe and an end of input mean the same.
        let _ = std::io::stdin().lock().read_line(&mut line);
        let _ = sender.send(());
    });
    receiver
}
