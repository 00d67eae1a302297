//! Asking where no connection is made: what was sent or answered may be lost, so that it is asked more than once.

use std::io;

use tokio::net::UdpSocket;

use crate::budget::Budget;
use crate::limits::{DATAGRAM_BYTES_MAX, DATAGRAM_TRIES, DATAGRAMS_MAX};

/// One question, which can be asked again in other words.
pub trait Question {
    /// What an answer says.
    type Answer;

    /// The words of the try with this number.
    ///
    /// # Errors
    /// When there are none.
    fn ask(&mut self, attempt: u16) -> io::Result<Vec<u8>>;

    /// What a datagram says; `None` when it is no answer to this question.
    fn hear(&mut self, datagram: &[u8]) -> Option<Self::Answer>;
}

/// Asks the other end of a socket. `others` are those that will be asked if this one is silent: they get as much time.
/// `None` when nothing came that is an answer.
///
/// # Errors
/// When the system says that there is no way to it, or nobody there.
pub async fn ask<Q: Question>(
    socket: &UdpSocket,
    question: &mut Q,
    others: usize,
    budget: &Budget,
) -> io::Result<Option<Q::Answer>> {
    let mut datagram = [0; DATAGRAM_BYTES_MAX];
    let mut left = DATAGRAMS_MAX;
    for attempt in 0..DATAGRAM_TRIES {
        let trying = async {
            socket.send(&question.ask(attempt)?).await?;
            while left > 0 {
                left -= 1;
                let count = socket.recv(&mut datagram).await?;
                if let Some(answer) = question.hear(&datagram[..count]) {
                    return Ok(Some(answer));
                }
            }
            Ok(None)
        };
        let parts = usize::from(DATAGRAM_TRIES) * (others + 1) - usize::from(attempt);
        match budget.share(parts, trying).await {
            (Ok(Ok(None)), _) => return Ok(None),
            (Ok(heard), _) => return heard,
            (Err(_), _) => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks for its own number to come back.
    #[derive(Default)]
    struct Echo {
        asked: Vec<u16>,
    }

    impl Question for Echo {
        type Answer = u16;

        fn ask(&mut self, attempt: u16) -> io::Result<Vec<u8>> {
            self.asked.push(attempt);
            Ok(attempt.to_be_bytes().to_vec())
        }

        fn hear(&mut self, datagram: &[u8]) -> Option<u16> {
            datagram.try_into().ok().map(u16::from_be_bytes)
        }
    }

    /// Two ends that only talk to each other.
    async fn pair() -> (UdpSocket, UdpSocket) {
        let ours = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let theirs = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        ours.connect(theirs.local_addr().unwrap()).await.unwrap();
        theirs.connect(ours.local_addr().unwrap()).await.unwrap();
        (ours, theirs)
    }

    #[tokio::test]
    async fn what_is_lost_is_asked_again() {
        let (ours, theirs) = pair().await;
        tokio::spawn(async move {
            let mut question = [0; 2];
            for _lost in 0..2 {
                theirs.recv(&mut question).await.unwrap();
            }
            theirs.recv(&mut question).await.unwrap();
            theirs.send(&question).await.unwrap();
        });
        let mut echo = Echo::default();
        assert_eq!(ask(&ours, &mut echo, 0, &Budget::start(600)).await.unwrap(), Some(2));
        assert_eq!(echo.asked, [0, 1, 2]);
    }

    #[tokio::test]
    async fn silence_ends_within_the_share_of_one() {
        let (ours, _theirs) = pair().await;
        let budget = Budget::start(400);
        let mut echo = Echo::default();
        assert_eq!(ask(&ours, &mut echo, 1, &budget).await.unwrap(), None);
        assert_eq!(echo.asked.len(), usize::from(DATAGRAM_TRIES));
        assert!(budget.total_us() < 400_000, "nothing was left for the other");
    }

    #[tokio::test]
    async fn a_flood_of_what_is_no_answer_is_read_up_to_a_bound() {
        let (ours, theirs) = pair().await;
        tokio::spawn(async move { while theirs.send(b"no answer").await.is_ok() {} });
        let budget = Budget::start(60_000);
        assert_eq!(ask(&ours, &mut Echo::default(), 0, &budget).await.unwrap(), None);
        assert!(budget.total_us() < 10_000_000);
    }

    #[tokio::test]
    async fn nobody_there_is_told_apart_from_silence() {
        let (ours, theirs) = pair().await;
        drop(theirs);
        let error = ask(&ours, &mut Echo::default(), 0, &Budget::start(600)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }
}
