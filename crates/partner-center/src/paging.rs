//! Collections and their next pages, in the three styles of Partner Center: continuation token,
//! offset, top and skip. A next page is asked for on the path of the first, on our own base: of a
//! link only its query and its headers count, whatever host or prefix it names. Source: contract §4.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Answer, Call, Client};
use crate::error::Error;
use crate::members::item_texts;
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
    /// The listing ends here, but something speaks against it: the page is as full as it can be,
    /// or the server counts more than came. Partner Center is known to leave out a next link now
    /// and then. It is a suspicion, not a proof: a last page that happens to be full looks the
    /// same, and a link that is missing after a page that is not full looks like an honest end.
    /// What must be complete is read again later and compared.
    pub maybe_short: bool,
}

/// Where the next page is; opaque, short-lived.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NextPage {
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

#[cfg(feature = "fuzzing")]
impl NextPage {
    pub(crate) fn query(&self) -> &[(String, String)] {
        &self.query
    }

    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }
}

/// How a collection is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// `seekOperation=Next` with a continuation token; `size` is taken from the query.
    Token,
    /// `size` and zero-based `offset`; `totalCount` is of the whole.
    Offset { size: usize },
    /// `top` and `skip`; `Value`, `TotalCount` and `@nextLink`.
    TopSkip { top: usize },
}

/// A listing that is read page by page. Each page is a read, repeated by the table of §3; after an
/// error the same page may be asked for again.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (_simulator, client) = simulated().await?;
/// let mut pages = client.customer_pages(None, 100)?;
/// while let Some(page) = pages.next().await? {
///     println!("{} customers, perhaps cut short: {}", page.items.len(), page.maybe_short);
/// }
/// # Ok(()) }
/// ```
pub struct Pages<T> {
    client: Client,
    first: Request,
    paging: Paging,
    next: Option<NextPage>,
    asked: HashSet<NextPage>,
    is_over: bool,
    items: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("route", &self.first.route)
            .field("read", &self.asked.len())
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned> Pages<T> {
    /// The next page, `None` after the last. May be repeated after an error.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Unreadable`] when the server leads back to a page that was read already
    /// or does not come to an end.
    pub async fn next(&mut self) -> Result<Option<Page<T>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let (page, call) = self.client.page_with_call::<T>(&self.first, self.paging, self.next.as_ref()).await?;
        match &page.next {
            None => self.is_over = true,
            Some(next) => {
                let is_new = self.asked.insert(next.clone());
                if !is_new || self.asked.len() >= MOST_PAGES {
                    self.is_over = true;
                    let reason = if is_new { "the listing does not end" } else { "the listing leads back to itself" };
                    return Err(Error::Unreadable { status: 200, reason: reason.to_owned(), call });
                }
                self.next = Some(next.clone());
            }
        }
        Ok(Some(page))
    }

    /// Everything that is left, in one list.
    ///
    /// # Errors
    /// As for [`Pages::next`].
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(page) = self.next().await? {
            if page.maybe_short {
                tracing::warn!(route = self.first.route, "a listing may have been cut short");
            }
            items.extend(page.items);
        }
        Ok(items)
    }
}

impl Client {
    /// A listing, page by page.
    pub(crate) fn pages<T: DeserializeOwned>(&self, first: Request, paging: Paging) -> Pages<T> {
        let client = self.clone();
        Pages { client, first, paging, next: None, asked: HashSet::new(), is_over: false, items: PhantomData }
    }

    /// One page: the first, or the one after `after`.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        first: &Request,
        paging: Paging,
        after: Option<&NextPage>,
    ) -> Result<Page<T>, Error> {
        self.page_with_call(first, paging, after).await.map(|(page, _)| page)
    }

    async fn page_with_call<T: DeserializeOwned>(
        &self,
        first: &Request,
        paging: Paging,
        after: Option<&NextPage>,
    ) -> Result<(Page<T>, Call), Error> {
        let mut request = first.clone();
        if let Some(next) = after {
            request = request.with_query(next.query.clone());
            for (name, value) in &next.headers {
                request = request.header(name, value.clone());
            }
        }
        let asked = request.query_pairs().to_vec();
        self.read_answer(request, |answer| Ok((read_page(answer, paging, &asked)?, answer.call))).await
    }

    /// The whole collection.
    pub(crate) async fn all<T: DeserializeOwned>(&self, first: Request, paging: Paging) -> Result<Vec<T>, Error> {
        self.pages(first, paging).all().await
    }
}

pub(crate) fn read_page<T: DeserializeOwned>(
    answer: &Answer,
    paging: Paging,
    asked: &[(String, String)],
) -> Result<Page<T>, Error> {
    let value: Value = answer.json()?;
    let list = if matches!(paging, Paging::TopSkip { .. }) { "value" } else { "items" };
    match &value {
        // Some collections come without an envelope (§4.1).
        Value::Array(_) => {}
        Value::Object(_) => match member(&value, list) {
            Some(Value::Array(_) | Value::Null) => {}
            _ => return Err(answer.unreadable(format!("a collection without {list}"))),
        },
        _ => return Err(answer.unreadable("neither a collection nor an array".into())),
    }
    // From the text of each item and not from the value above, in which an amount is a binary float.
    let texts = item_texts(&answer.body, list).map_err(|error| answer.unreadable(error.without_value()))?;
    let count = texts.len();
    let items = texts
        .into_iter()
        .map(serde_json::from_str)
        .collect::<Result<Vec<T>, _>>()
        .map_err(|error| answer.unreadable(error.to_string()))?;
    let total_count = member(&value, "totalCount").and_then(|total| text::of(total)?.parse().ok());
    let (next, maybe_short) = match paging {
        Paging::Token => {
            let next = next_by_token(&value, asked);
            let size: usize = asked_number(asked, "size").unwrap_or(0);
            let is_full = size > 0 && count >= size;
            let is_counted_higher = total_count.is_some_and(|total| total > count as u64);
            // After the first page a count of the whole would exceed every page: no suspicion.
            let is_first = !asked.iter().any(|(name, _)| name.eq_ignore_ascii_case("seekOperation"));
            let maybe_short = next.is_none() && (is_full || (is_first && is_counted_higher));
            (next, maybe_short)
        }
        Paging::Offset { size } => next_by_position("offset", size, count, total_count, asked),
        Paging::TopSkip { top } => match next_by_link(&value, asked) {
            Some(next) => (Some(next), false),
            None => next_by_position("skip", top, count, total_count, asked),
        },
    };
    Ok(Page { items, total_count, next, maybe_short })
}

/// A member whose case varies between services.
pub(crate) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, member)| member)
}

fn asked_number<N: std::str::FromStr>(asked: &[(String, String)], name: &str) -> Option<N> {
    asked.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.parse().ok()
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
    let mut query = completed(link_query(uri), asked);
    if !query.iter().any(|(name, _)| name.eq_ignore_ascii_case("seekOperation")) {
        query.push(("seekOperation".to_owned(), "Next".to_owned()));
    }
    Some(NextPage { query, headers })
}

/// The query of a link. Its host can lead nowhere, and `/customers`, `/v1/customers` and an absolute
/// address mean the same page (trap 7).
fn link_query(uri: &str) -> Vec<(String, String)> {
    let Some((_, query)) = uri.split_once('?') else { return Vec::new() };
    let query = query.split('#').next().unwrap_or_default();
    let Ok(url) = Url::parse(&format!("http://localhost/?{query}")) else { return Vec::new() };
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Links are known to leave out what the documented call needs.
fn completed(mut query: Vec<(String, String)>, asked: &[(String, String)]) -> Vec<(String, String)> {
    for (name, value) in asked {
        if !query.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            query.push((name.clone(), value.clone()));
        }
    }
    query
}

/// The next page of analytics, when the answer names one.
fn next_by_link(value: &Value, asked: &[(String, String)]) -> Option<NextPage> {
    let link = member(value, "@nextLink")?.as_str().filter(|link| !link.trim().is_empty())?;
    let query = link_query(link);
    (!query.is_empty()).then(|| NextPage { query: completed(query, asked), headers: Vec::new() })
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

/// The next page by counting, and whether an end is suspicious. The server's count of the whole is
/// believed when it says that there is more; without one a full page is followed by another.
fn next_by_position(
    name: &str,
    size: usize,
    count: usize,
    total: Option<u64>,
    asked: &[(String, String)],
) -> (Option<NextPage>, bool) {
    let from: u64 = asked_number(asked, name).unwrap_or(0);
    let reached = from.saturating_add(count as u64);
    let is_more = total.is_some_and(|total| total > reached);
    if count == 0 || (count < size && !is_more) {
        return (None, is_more);
    }
    if total.is_some_and(|total| total == reached) && from > 0 {
        return (None, false);
    }
    let mut query: Vec<_> = asked.iter().filter(|(key, _)| !key.eq_ignore_ascii_case(name)).cloned().collect();
    query.push((name.to_owned(), reached.to_string()));
    (Some(NextPage { query, headers: Vec::new() }), false)
}

/// What a link or a `Location` points at, on whatever host and with or without `/v1`: its path in
/// pieces, decoded, without the prefix. For taking ids out; never followed as it is (trap 7).
pub(crate) fn link_path(uri: &str) -> Vec<String> {
    let Ok(base) = Url::parse("http://localhost/") else { return Vec::new() };
    let Ok(url) = base.join(uri.trim()) else { return Vec::new() };
    let mut pieces: Vec<String> = url
        .path_segments()
        .into_iter()
        .flatten()
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            // Decoding a path is decoding a query value in which `+` means itself.
            let query = format!("http://localhost/?v={}", piece.replace('+', "%2B").replace('&', "%26"));
            let decoded = Url::parse(&query).ok();
            decoded
                .and_then(|url| url.query_pairs().next().map(|(_, value)| value.into_owned()))
                .unwrap_or_else(|| piece.to_owned())
        })
        .collect();
    if pieces.first().is_some_and(|piece| piece.eq_ignore_ascii_case("v1") || piece.eq_ignore_ascii_case("v1.0")) {
        pieces.remove(0);
    }
    pieces
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
    fn positions_advance_by_what_came_and_a_count_that_says_more_is_believed() {
        let first = asked(&[("size", "2"), ("offset", "0")]);
        let next = |count, total| next_by_position("offset", 2, count, total, &first);
        let query = |at: &str| Some(NextPage { query: asked(&[("size", "2"), ("offset", at)]), headers: Vec::new() });
        assert_eq!(next(2, None), (query("2"), false), "a full page");
        assert_eq!(next(1, None), (None, false), "a short one");
        assert_eq!(next(1, Some(5)), (query("1"), false), "short, but the count says more");
        assert_eq!(next(0, None), (None, false));
        assert_eq!(next(0, Some(5)), (None, true), "nothing came although the count says more");
        let second = asked(&[("size", "2"), ("offset", "2")]);
        assert_eq!(next_by_position("offset", 2, 2, Some(4), &second), (None, false), "all of them came");
    }

    #[test]
    fn analytics_follow_their_link_or_count_on() {
        let first = asked(&[("top", "2"), ("filter", "f")]);
        let link = json!({"@nextLink":"https://elsewhere.example/partner/v1/analytics/x?top=2&skip=2"});
        let next = next_by_link(&link, &first).expect("link");
        assert_eq!(next.query, asked(&[("top", "2"), ("skip", "2"), ("filter", "f")]));
        for none in [json!({}), json!({"@nextLink":null}), json!({"@nextLink":""})] {
            assert_eq!(next_by_link(&none, &first), None);
        }
    }

    #[test]
    fn trap_07_links_name_one_path_in_three_ways() {
        for uri in
            ["/customers/a%20b/orders", "/v1/customers/a b/orders", "https://api.example/v1/customers/a%20b/orders?x=1"]
        {
            assert_eq!(link_path(uri), ["customers", "a b", "orders"], "{uri}");
        }
        assert_eq!(link_path("reports/operations/a+b"), ["reports", "operations", "a+b"]);
        assert!(link_path("").is_empty() && link_path("http://").is_empty());
        let queries: HashSet<_> =
            ["/customers?size=2", "/v1/customers?size=2", "https://other.example/customers?size=2#x"]
                .map(link_query)
                .into_iter()
                .collect();
        assert_eq!(queries.len(), 1);
    }
}
