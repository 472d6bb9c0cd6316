//! Collections and their next pages: continuation token or offset. A link is followed only on our
//! own base address; its headers are sent with it. Source: contract §4.

use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Answer, Client};
use crate::error::Error;
use crate::request::Request;
use crate::resource::text;

/// Most pages read by one listing; a server that never ends is an error, not a loop.
const MOST_PAGES: usize = 5_000;
const TOKEN_HEADER: &str = "MS-ContinuationToken";

/// One page of a collection.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// For display only: of this page or of the whole, depending on the endpoint (§4.1).
    pub total_count: Option<u64>,
    /// How to ask for the next page; `None` at the end.
    pub next: Option<NextPage>,
}

/// Where the next page is; opaque, short-lived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPage {
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

/// How a collection is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// `seekOperation=Next` with a continuation token.
    Token,
    /// `size` and zero-based `offset`.
    Offset { size: usize },
}

impl Client {
    /// One page: the first, or the one after `after`.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        first: &Request,
        paging: Paging,
        after: Option<&NextPage>,
    ) -> Result<Page<T>, Error> {
        let mut request = first.clone();
        if let Some(next) = after {
            request = request.with_query(next.query.clone());
            for (name, value) in &next.headers {
                request = request.header(name, value.clone());
            }
        }
        let asked = request.query_pairs().to_vec();
        self.read_answer(request, |answer| read_page(answer, paging, &asked)).await
    }

    /// The whole collection.
    pub(crate) async fn all<T: DeserializeOwned>(&self, first: Request, paging: Paging) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        let mut after: Option<NextPage> = None;
        for _ in 0..MOST_PAGES {
            let page = self.page::<T>(&first, paging, after.as_ref()).await?;
            items.extend(page.items);
            match page.next {
                None => return Ok(items),
                // The same page again would go on for ever.
                Some(next) if Some(&next) == after.as_ref() => break,
                next => after = next,
            }
        }
        Err(Error::invalid("collection", first.route, format!("its paging ends within {MOST_PAGES} pages")))
    }
}

fn read_page<T: DeserializeOwned>(
    answer: &Answer,
    paging: Paging,
    asked: &[(String, String)],
) -> Result<Page<T>, Error> {
    let mut value: Value = answer.json()?;
    let items = match &mut value {
        // Some collections come without an envelope (§4.1).
        Value::Array(items) => std::mem::take(items),
        Value::Object(members) => match members.remove("items") {
            Some(Value::Array(items)) => items,
            Some(Value::Null) => Vec::new(),
            _ => return Err(answer.unreadable("a collection without items".into())),
        },
        _ => return Err(answer.unreadable("neither a collection nor an array".into())),
    };
    let count = items.len();
    let items = items
        .into_iter()
        .map(serde_json::from_value)
        .collect::<Result<Vec<T>, _>>()
        .map_err(|error| answer.unreadable(error.to_string()))?;
    let next = match paging {
        Paging::Token => next_by_token(&value, asked),
        Paging::Offset { size } => next_by_offset(size, count, asked),
    };
    Ok(Page { items, total_count: value.get("totalCount").and_then(Value::as_u64), next })
}

fn next_by_token(value: &Value, asked: &[(String, String)]) -> Option<NextPage> {
    let link = value.get("links").and_then(|links| links.get("next")).filter(|link| !link.is_null());
    let mut headers: Vec<(String, String)> = link
        .and_then(|link| link.get("headers")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(|header| Some((text::of(header.get("key")?)?, text::of(header.get("value")?)?)))
        .filter(|(name, value)| is_harmless(name, value))
        .collect();
    let own = value.get("continuationToken").and_then(text::of).filter(|token| !token.is_empty());
    if link.is_none() && own.is_none() {
        return None;
    }
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(TOKEN_HEADER))
        && let Some(token) = own.filter(|token| is_harmless(TOKEN_HEADER, token))
    {
        headers.push((TOKEN_HEADER.to_owned(), token));
    }
    let uri = link.and_then(|link| link.get("uri")).and_then(Value::as_str).unwrap_or_default();
    let mut query = link_query(uri).unwrap_or_else(|| asked.to_vec());
    // Links are known to leave out what the documented call needs.
    for (name, value) in asked {
        if !query.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            query.push((name.clone(), value.clone()));
        }
    }
    if !query.iter().any(|(name, _)| name.eq_ignore_ascii_case("seekOperation")) {
        query.push(("seekOperation".to_owned(), "Next".to_owned()));
    }
    Some(NextPage { query, headers })
}

/// A page is asked for on the same path as its first (§4.2), so only the link's query counts; a
/// foreign host in it can lead nowhere.
fn link_query(uri: &str) -> Option<Vec<(String, String)>> {
    let (_, query) = uri.split_once('?')?;
    let url = Url::parse(&format!("http://localhost/?{query}")).ok()?;
    let pairs: Vec<_> = url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    (!pairs.is_empty()).then_some(pairs)
}

/// A link may add headers, but never replace who we are.
fn is_harmless(name: &str, value: &str) -> bool {
    name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("MS-"))
        && !name.eq_ignore_ascii_case("MS-RequestId")
        && !name.eq_ignore_ascii_case("MS-CorrelationId")
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && value.len() <= 8192
        && value.bytes().all(|b| (b' '..=b'~').contains(&b))
}

fn next_by_offset(size: usize, count: usize, asked: &[(String, String)]) -> Option<NextPage> {
    if count == 0 || count < size {
        return None;
    }
    let mut query = asked.to_vec();
    let offset = query.iter_mut().find(|(name, _)| name == "offset");
    match offset {
        Some((_, value)) => {
            let from: usize = value.parse().unwrap_or(0);
            *value = (from + count).to_string();
        }
        None => query.push(("offset".to_owned(), count.to_string())),
    }
    Some(NextPage { query, headers: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_next_link_brings_its_query_and_its_headers_but_no_host_and_no_identity() {
        let value = json!({"items":[],"links":{"next":{"uri":"https://elsewhere.example/v1/customers?size=2&seekOperation=Next","method":"GET",
            "headers":[{"key":"MS-ContinuationToken","value":"t1"},{"key":"Authorization","value":"x"},{"key":"MS-RequestId","value":"y"}]}}});
        let next = next_by_token(&value, &asked(&[("size", "2"), ("filter", "f")])).expect("next");
        assert_eq!(next.headers, asked(&[("MS-ContinuationToken", "t1")]));
        assert_eq!(next.query, asked(&[("size", "2"), ("seekOperation", "Next"), ("filter", "f")]));
    }

    #[test]
    fn a_token_without_a_link_is_enough_and_neither_is_the_end() {
        let next = next_by_token(&json!({"continuationToken":"t2"}), &asked(&[("size", "5")])).expect("next");
        assert_eq!(next.headers, asked(&[("MS-ContinuationToken", "t2")]));
        assert!(next.query.contains(&("seekOperation".into(), "Next".into())));
        for end in [json!({}), json!({"links":{"self":{}}}), json!({"links":{"next":null},"continuationToken":""})] {
            assert_eq!(next_by_token(&end, &[]), None);
        }
    }

    #[test]
    fn offsets_advance_by_what_came() {
        let first = asked(&[("size", "2"), ("offset", "0")]);
        let next = next_by_offset(2, 2, &first).expect("next");
        assert_eq!(next.query, asked(&[("size", "2"), ("offset", "2")]));
        assert_eq!(next_by_offset(2, 1, &first), None);
        assert_eq!(next_by_offset(2, 0, &first), None);
    }
}
