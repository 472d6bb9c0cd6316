//! The service list on both engines: every order, filter and way of paging shows every service that fits once, and
//! no page needs more than a walk along an index.

use crate::world::{Engines, Folder, account, engines, new_url, open_at};
use jiff::Timestamp;
use levante::storage::{
    self, Db,
    services::{Portion, Search, Service, ServiceLine, Sort},
};
use licensing::{
    contact::Contact,
    id::{AccountId, MpnId, ServiceId, ServiceName},
    partner::MpnFlag,
    reason::Reason,
    service::ServiceState,
};
use sqlx::{Connection, Row};

const SORTS: [Sort; 6] =
    [Sort::Display, Sort::DisplayDown, Sort::Name, Sort::NameDown, Sort::Created, Sort::CreatedDown];
const FILTERS: [[&str; 2]; 4] = [["", ""], ["ok", "emptyTenant"], ["suspending", "ending"], ["suspended", "suspended"]];
const TEXTS: [&str; 7] = ["", "übe", "_", "%", "!", "61000", "no such thing"];
const NAMES: [&str; 7] = ["Über uns", "über uns", "Zürich  AG", "50 % Brot", "a_b!c", "Alba\nForni", "alba"];

fn contact() -> Contact {
    Contact {
        first_name: "Chiara".into(),
        last_name: "Neri".into(),
        email: "acquisti@albaforni.example".into(),
        phone: "+390511234567".into(),
        address: "Via Zamboni 33".into(),
        city: "Bologna".into(),
        zip_code: "40126".into(),
        state: String::new(),
        country: "IT".into(),
        company_name: "Alba Forni Srl".into(),
        organization_registration_number: None,
        language: "it".into(),
    }
}

fn service(number: i64, account: &AccountId) -> Service {
    let states = [
        ServiceState::Ok,
        ServiceState::Ok,
        ServiceState::EmptyTenant,
        ServiceState::Suspending,
        ServiceState::Ending,
        ServiceState::Suspended,
        ServiceState::Ordered,
        ServiceState::Creating,
        ServiceState::Reopening,
        ServiceState::Ended,
        ServiceState::Failed { reason: Reason::NotAllowed },
    ];
    let pick = |many: usize, step: i64| usize::try_from(number * step).unwrap() % many;
    Service {
        id: ServiceId(number),
        account: account.clone(),
        name: ServiceName::read(&format!("s{}x{number}.onmicrosoft.com", pick(13, 5))).unwrap(),
        display_name: NAMES[pick(NAMES.len(), 3)].to_owned(),
        state: states[pick(states.len(), 1)].clone(),
        tenant: None,
        contact: contact(),
        mpn_id: MpnId::trusted(format!("61000{:02}", pick(3, 1))),
        mpn_flag: (number % 4 == 0).then_some(MpnFlag::MpnNoPartnership),
        agreement: None,
        created_at: Timestamp::from_microsecond(1_780_000_000_000_000 + i64::try_from(pick(9, 7)).unwrap()).unwrap(),
        updated_at: None,
        version: 1,
    }
}

async fn fill(db: &Db, services: &[Service]) {
    for some in services.chunks(500) {
        let some = some.to_vec();
        let done: storage::Result<()> = db
            .write(move |tx| {
                let some = some.clone();
                Box::pin(async move {
                    for service in &some {
                        storage::services::insert(tx, service).await?;
                    }
                    Ok::<_, storage::Error>(())
                })
            })
            .await;
        done.unwrap();
    }
}

/// What the list must show, in its order as SQLite and PostgreSQL's C locale have it.
fn expected(services: &[Service], account: &AccountId, search: &Search) -> Vec<String> {
    let shown = |s: &&Service| {
        let found = [s.display_name.to_lowercase(), s.name.to_string(), s.mpn_id.to_string()];
        s.account == *account
            && !matches!(s.state, ServiceState::Ended | ServiceState::Failed { .. })
            && found.iter().any(|text| text.contains(&search.text))
            && (search.states[0].is_empty() || search.states.contains(&s.state.word()))
            && search.flagged.is_none_or(|flagged| flagged == s.mpn_flag.is_some())
    };
    let mut all: Vec<&Service> = services.iter().filter(shown).collect();
    all.sort_by_key(|s| {
        let (text, number) = match search.sort {
            Sort::Display | Sort::DisplayDown => (s.display_name.to_lowercase(), 0),
            Sort::Name | Sort::NameDown => (String::new(), 0),
            Sort::Created | Sort::CreatedDown => (String::new(), s.created_at.as_microsecond()),
        };
        (text, number, s.name.to_string())
    });
    if matches!(search.sort, Sort::DisplayDown | Sort::NameDown | Sort::CreatedDown) {
        all.reverse();
    }
    all.iter().map(|s| s.name.to_string()).collect()
}

/// Every line, page by page as the panel asks for them.
async fn walked(db: &Db, account: &AccountId, search: &Search, portion: Portion) -> Vec<ServiceLine> {
    let (mut search, mut all) = (search.clone(), Vec::new());
    loop {
        let mut found = storage::services::page(db, account, &search, portion).await.unwrap();
        let more = found.len() == portion.lines();
        assert!(found.len() <= portion.lines());
        found.truncate(portion.lines() - 1);
        search.after = found.last().map(|line| search.behind(line));
        all.extend(found);
        if !more {
            return all;
        }
    }
}

#[tokio::test]
async fn every_order_and_filter_shows_every_service_once() {
    for engine in engines() {
        let folder = Folder::new();
        let url = new_url(&engine, &folder).await;
        let operations = open_at(&url).await;
        let alice = account(&operations, "rv1-lv", "6100001").await.account;
        let charlie = account(&operations, "rv2-lv", "6100002").await.account;
        let db = Db::open(&url).await.unwrap();
        let services: Vec<Service> =
            (0..420).map(|n| service(n, if n % 10 == 7 { &charlie } else { &alice })).collect();
        fill(&db, &services).await;
        let mut pages = 0;
        for (sort, states, text, flagged) in SORTS.iter().flat_map(|sort| {
            let filters = FILTERS.iter().flat_map(|f| TEXTS.iter().map(move |t| (f, t)));
            filters.flat_map(move |(f, t)| [None, Some(true), Some(false)].map(|flagged| (*sort, *f, *t, flagged)))
        }) {
            let search = Search { text: text.to_owned(), states, flagged, sort, after: None };
            let wanted = expected(&services, &alice, &search);
            for portion in [Portion::Page, Portion::Piece] {
                let lines = walked(&db, &alice, &search, portion).await;
                let mut names: Vec<String> = lines.iter().map(|l| l.name.to_string()).collect();
                pages += names.len() / 50;
                if matches!(engine, Engines::Postgres(_)) && wanted.len() == names.len() && names != wanted {
                    // A server of somebody's own may sort by another language.
                    names.sort_by_key(|name| wanted.iter().position(|w| w == name));
                }
                assert_eq!(names, wanted, "{engine:?} {search:?}");
            }
        }
        assert!(pages > 100, "only {pages} pages were followed by another");
        let odd = Search { sort: Sort::Created, after: Some(("no number".into(), "x".into())), ..Search::default() };
        let start = Search { after: None, ..odd.clone() };
        assert_eq!(
            storage::services::page(&db, &alice, &odd, Portion::Page).await.unwrap(),
            storage::services::page(&db, &alice, &start, Portion::Page).await.unwrap()
        );
        let whole = walked(&db, &alice, &Search::default(), Portion::Piece).await;
        for line in whole {
            let s = services.iter().find(|s| s.name == line.name).unwrap();
            let line = (line.display_name, line.state, line.mpn_id, line.mpn_flag, line.created_at);
            let kept = (s.display_name.clone(), s.state.clone(), s.mpn_id.clone(), s.mpn_flag, s.created_at);
            assert_eq!(line, kept);
        }
    }
}

/// How an engine carries out a text, with values in its places.
async fn plan(url: &str, sql: &str, sort: Sort, searched: bool) -> Vec<String> {
    let key = if matches!(sort, Sort::Created | Sort::CreatedDown) { "1780000000000003" } else { "'alba'" };
    let mut values = vec!["'rv1-lv'"];
    if searched {
        values.extend(["'%alba%'", "'ok'", "'emptyTenant'"]);
    }
    if !matches!(sort, Sort::Name | Sort::NameDown) {
        values.push(key);
    }
    values.push("'s3x77.onmicrosoft.com'");
    values.truncate((1..10).filter(|n| sql.contains(&format!("${n}"))).count());
    if url.starts_with("sqlite:") {
        let mut sql = sql.to_owned();
        for (number, value) in values.iter().enumerate().rev() {
            sql = sql.replace(&format!("${}", number + 1), value);
        }
        let pool = sqlx::SqlitePool::connect(url).await.unwrap();
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&pool).await.unwrap();
        pool.close().await;
        rows.into_iter().map(|row| row.3).collect()
    } else {
        // As after its fifth time: one plan for everybody's values.
        let mut on = sqlx::PgConnection::connect(url).await.unwrap();
        let text = format!("SET plan_cache_mode = force_generic_plan; PREPARE page AS {sql}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut on).await.unwrap();
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN (COSTS OFF) EXECUTE page({})", values.join(", ")));
        let rows = sqlx::raw_sql(explain).fetch_all(&mut on).await.unwrap();
        on.close().await.unwrap();
        rows.into_iter().map(|row| row.get(0)).collect()
    }
}

/// Tasks that have ended, and behind them open ones of another account. PostgreSQL plans by what it knows of the tables; SQLite by the indexes alone.
async fn busy_neighbour(url: &str) {
    let sql = "INSERT INTO task (id, service, account, function, state, asked, created_at, version) \
               WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
               SELECT i, i, CASE WHEN i < 50 THEN 'rv1-lv' ELSE 'rv2-lv' END, 'createTenant', \
               CASE WHEN i < 50 THEN 'done' ELSE 'todo' END, '{}', i, 1 FROM n";
    if url.starts_with("sqlite:") {
        let pool = sqlx::SqlitePool::connect(url).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    } else {
        let mut on = sqlx::PgConnection::connect(url).await.unwrap();
        sqlx::query(sql).execute(&mut on).await.unwrap();
        sqlx::query("ANALYZE").execute(&mut on).await.unwrap();
        on.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_page_is_a_walk_along_an_index() {
    for engine in engines() {
        let folder = Folder::new();
        let url = new_url(&engine, &folder).await;
        let operations = open_at(&url).await;
        let alice = account(&operations, "rv1-lv", "6100001").await.account;
        let db = Db::open(&url).await.unwrap();
        fill(&db, &(0..6000).map(|n| service(n, &alice)).collect::<Vec<_>>()).await;
        busy_neighbour(&url).await;
        for (sort, searched, goes_on) in
            SORTS.iter().flat_map(|s| [(*s, false, false), (*s, false, true), (*s, true, false), (*s, true, true)])
        {
            let mut search = Search { sort, ..Search::default() };
            if searched {
                (search.text, search.states) = ("alba".into(), ["ok", "emptyTenant"]);
            }
            let sql = storage::services::page_text(&search, goes_on, Portion::Page);
            let plan = plan(&url, sql, sort, searched).await.join("\n");
            let index = match sort {
                Sort::Display | Sort::DisplayDown => "service_sorted",
                Sort::Name | Sort::NameDown => "service_account",
                Sort::Created | Sort::CreatedDown => "service_created",
            };
            let tasks = ["Seq Scan on task", "SCAN o", "SCAN t"].iter().any(|word| plan.contains(word));
            assert!(!tasks && plan.contains("task_open"), "{sort:?} {searched} {goes_on}: {sql}\n{plan}");
            // A search reads the whole account anyway, and PostgreSQL may sort what is left.
            if searched && matches!(engine, Engines::Postgres(_)) {
                continue;
            }
            assert!(plan.contains(index), "{sort:?} {searched} {goes_on}: {sql}\n{plan}");
            let sorts = ["USE TEMP B-TREE", "Sort"].iter().any(|word| plan.contains(word));
            assert!(!sorts, "{sort:?} {searched} {goes_on}: {sql}\n{plan}");
        }
    }
}
