//! Pages for people: one frame, one small style, everything escaped. No script, no other host.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--accent:light-dark(#0b57d0,#8ab4f8)}\
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem}\
h1{font-size:1.3rem;margin:.2rem 0 1rem}h2{font-size:1.05rem;margin:1.6rem 0 .5rem}\
a{color:var(--accent)}.scroll{overflow-x:auto}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.3rem 1rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}\
th{font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}\
td code{overflow-wrap:normal;white-space:nowrap}.scroll td:first-child{white-space:nowrap}.scroll table{min-width:44rem}\
.facts{display:flex;flex-wrap:wrap;gap:.6rem}.facts div{background:var(--soft);border-radius:.4rem;padding:.5rem .8rem}\
.facts b{display:block;font-size:1.05rem}.soft{opacity:.7}\
.bad{color:light-dark(#b3261e,#f2b8b5)}\
button{font:inherit;padding:.5rem 1rem;margin:.3rem .5rem .3rem 0;border-radius:.4rem;border:1px solid var(--line);cursor:pointer}\
form.box{border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.2rem;max-width:34rem}";

/// Text as it may stand in an element or a quoted attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A whole page; `body` is markup, `title` is text.
pub(crate) fn page(status: u16, title: &str, head: &str, body: &str) -> Response {
    let title = escaped(title);
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{title}</title>{head}<style>{STYLE}</style></head>\
         <body><h1>{title}</h1>{body}</body></html>"
    );
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fixed =
        |name: &'static str, value: &'static str| (HeaderName::from_static(name), HeaderValue::from_static(value));
    let headers = [
        fixed(header::CONTENT_TYPE.as_str(), "text/html; charset=utf-8"),
        fixed("cache-control", "no-store"),
        fixed("referrer-policy", "no-referrer"),
        fixed("x-content-type-options", "nosniff"),
        fixed(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ];
    let mut response = (status, text).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        assert_eq!(escaped("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
    }
}
