//! Commands and answers of Redis, in the second version of its protocol.

use crate::limits::REPLY_DEPTH_MAX;
use crate::outcome::Reason;
use crate::talk::Talk;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A text, or a number as one.
    Text(String),
    /// Why the command was refused.
    Refusal(String),
    /// Nothing is there.
    Nothing,
    /// Answers within the answer.
    List(Vec<Reply>),
}

impl Reply {
    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A command as it is sent.
pub fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    bytes
}

/// The next answer. Lists are held open here instead of in calls within calls, and grow as their items come.
pub async fn next(talk: &mut Talk<'_>) -> Result<Reply, Reason> {
    let mut open: Vec<(u32, Vec<Reply>)> = Vec::new();
    loop {
        let line = talk.line().await?;
        let (tag, rest) = line.split_first().ok_or_else(|| talk.stray())?;
        let mut reply = match tag {
            b'+' => Reply::Text(text(rest)),
            b'-' => Reply::Refusal(text(rest)),
            b':' => Reply::Text(number::<i64>(rest).ok_or_else(|| talk.stray())?.to_string()),
            b'$' | b'*' if rest == b"-1" => Reply::Nothing,
            b'$' => bulk(talk, rest).await?,
            b'*' => match number(rest).ok_or_else(|| talk.stray())? {
                0 => Reply::List(Vec::new()),
                _ if open.len() == REPLY_DEPTH_MAX => return Err(talk.stray()),
                count => {
                    open.push((count, Vec::new()));
                    continue;
                }
            },
            _ => return Err(talk.stray()),
        };
        loop {
            let Some((left, mut items)) = open.pop() else { return Ok(reply) };
            items.push(reply);
            if left > 1 {
                open.push((left - 1, items));
                break;
            }
            reply = Reply::List(items);
        }
    }
}

async fn bulk(talk: &mut Talk<'_>, length: &[u8]) -> Result<Reply, Reason> {
    let length = number(length).ok_or_else(|| talk.stray())?;
    let bytes = talk.take(length).await?;
    if talk.take(2).await? != b"\r\n" {
        return Err(talk.stray());
    }
    Ok(Reply::Text(text(&bytes)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn number<N: std::str::FromStr>(digits: &[u8]) -> Option<N> {
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_sent_word_by_word_with_its_length() {
        assert_eq!(command(&["GET", "ä b"]), "*2\r\n$3\r\nGET\r\n$4\r\nä b\r\n".as_bytes());
    }

    #[test]
    fn a_number_is_nothing_but_a_number() {
        assert_eq!(number::<i64>(b"-42"), Some(-42));
        assert_eq!((number::<u32>(b"-42"), number::<u32>(b""), number::<u32>(b"4x")), (None, None, None));
        assert_eq!(number::<u32>(b"99999999999"), None);
    }
}
