//! Storage: one suite on SQLite always and on PostgreSQL with `LEVANTE_TEST_POSTGRES`.

use crate::world::{Engines, Folder, account, engines, new_url};
use jiff::{SignedDuration, Timestamp};
use levante::{
    clock::Clock,
    storage::{
        self, Db, Error,
        idempotency::Answered,
        jobs::{self, NewJob},
    },
};
use licensing::id::AccountId;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

mod service_list;

async fn on_both<F: AsyncFn(Db)>(test: F) {
    for engine in engines() {
        let folder = Folder::new();
        test(Db::open(&new_url(&engine, &folder).await).await.unwrap()).await;
    }
}

fn job(subject: &str, run_at: Timestamp) -> NewJob {
    NewJob { id: Clock::real().new_id(), lane: "work", subject: subject.into(), payload: "{}".into(), run_at }
}

async fn set(db: &Db, name: &'static str, value: &'static str) -> Result<(), Error> {
    db.write(move |tx| Box::pin(async move { storage::settings::set(tx, name, value).await })).await
}

#[tokio::test]
async fn a_migration_is_repeated_without_effect() {
    for engine in engines() {
        let folder = Folder::new();
        let url = new_url(&engine, &folder).await;
        let db = Db::open(&url).await.unwrap();
        set(&db, "kept", "yes").await.unwrap();
        let again = Db::open(&url).await.unwrap();
        assert_eq!(storage::settings::get(&again, "kept").await.unwrap().as_deref(), Some("yes"));
    }
}

#[tokio::test]
async fn processes_that_start_at_once_share_one_schema() {
    for engine in engines() {
        let folder = Folder::new();
        let url = new_url(&engine, &folder).await;
        for opened in futures::future::join_all((0..4).map(|_| Db::open(&url))).await {
            opened.unwrap();
        }
    }
}

#[tokio::test]
async fn a_refused_transaction_leaves_nothing_and_its_neighbours_alone() {
    on_both(async |db| {
        let many = (0..50).map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(move |tx| {
                    Box::pin(async move {
                        let name = format!("row-{n}");
                        storage::settings::set(tx, &name, "x").await?;
                        if n % 3 == 0 { Err(Error::Conflict { what: name }) } else { Ok(()) }
                    })
                })
                .await
            })
        });
        let results = futures::future::join_all(many).await;
        for (n, result) in results.into_iter().enumerate() {
            assert_eq!(result.unwrap().is_err(), n % 3 == 0, "{n}");
            let row = storage::settings::get(&db, &format!("row-{n}")).await.unwrap();
            assert_eq!(row.is_none(), n % 3 == 0, "{n}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_failing_statement_undoes_its_transaction_only() {
    on_both(async |db| {
        let account = AccountId::parse("account", "rv1-lv").unwrap();
        let answered = Answered { body_hash: "h".into(), status: 200, answer: "{}".into() };
        let keep = |key: &'static str, setting: &'static str| {
            let (db, account, answered) = (db.clone(), account.clone(), answered.clone());
            async move {
                db.write(move |tx| {
                    let (account, answered) = (account.clone(), answered.clone());
                    Box::pin(async move {
                        storage::settings::set(tx, setting, "x").await?;
                        storage::idempotency::insert(tx, &account, key, &answered, Timestamp::UNIX_EPOCH).await
                    })
                })
                .await
            }
        };
        keep("key", "first").await.unwrap();
        let (twice, other) = tokio::join!(keep("key", "second"), keep("other", "third"));
        assert!(twice.unwrap_err().is_duplicate());
        other.unwrap();
        assert_eq!(storage::settings::get(&db, "second").await.unwrap(), None);
        assert!(storage::settings::get(&db, "third").await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn rows_added_together_are_seen_inside_and_saved_all_or_none() {
    on_both(async |db| {
        let now = Clock::real().wall();
        let jobs: Vec<NewJob> = (0..21).map(|n| job(&format!("service/{n}"), now)).collect();
        let add = |jobs: Vec<NewJob>, look: bool| {
            let db = db.clone();
            async move {
                db.write(move |tx| {
                    let jobs = jobs.clone();
                    Box::pin(async move {
                        for job in &jobs {
                            jobs::insert(tx, job, now).await?;
                        }
                        match look {
                            true => tx.all::<(i64,)>("SELECT CAST(count(*) AS BIGINT) FROM job", vec![]).await,
                            false => Ok(vec![]),
                        }
                    })
                })
                .await
            }
        };
        assert_eq!(add(jobs[..3].to_vec(), true).await.unwrap(), [(3,)]);
        assert_eq!(add(jobs[3..4].to_vec(), false).await.unwrap(), []);
        // The third was added before: neither its neighbours nor, after a look, those looked at are saved.
        for look in [true, false] {
            for twice in [&jobs[2..9], &[&jobs[4..9], &jobs[2..3]].concat(), &[&jobs[4..], &jobs[2..3]].concat()] {
                assert!(add(twice.to_vec(), look).await.unwrap_err().is_duplicate());
                assert_eq!(jobs::due(&db, now).await.unwrap(), 4);
            }
        }
        add(jobs[4..].to_vec(), false).await.unwrap();
        assert_eq!(jobs::due(&db, now).await.unwrap(), 21);
        let until = now + SignedDuration::from_secs(60);
        let claimed = jobs::claim(&db, "work", now, now, until, 50).await.unwrap();
        let subjects: BTreeSet<_> = claimed.into_iter().map(|j| j.subject).collect();
        assert_eq!(subjects, jobs.into_iter().map(|j| j.subject).collect(), "each with its own values");
    })
    .await;
}

#[tokio::test]
async fn who_goes_away_in_the_middle_of_a_transaction_leaves_nothing_and_holds_nobody_up() {
    for engine in engines().into_iter().filter(|e| matches!(e, Engines::Postgres(_))) {
        let folder = Folder::new();
        let url = new_url(&engine, &folder).await;
        let (db, other) = (Db::open(&url).await.unwrap(), Db::open(&url).await.unwrap());
        set(&db, "kept", "before").await.unwrap();
        for _ in 0..40 {
            let (began, begun) = tokio::sync::oneshot::channel();
            let began = Arc::new(std::sync::Mutex::new(Some(began)));
            let db = db.clone();
            let gone = tokio::spawn(async move {
                db.write(move |tx| {
                    let began = began.clone();
                    Box::pin(async move {
                        storage::settings::set(tx, "kept", "half done").await?;
                        began.lock().unwrap().take().unwrap().send(()).unwrap();
                        std::future::pending::<Result<(), Error>>().await
                    })
                })
                .await
            });
            begun.await.unwrap();
            gone.abort();
            assert!(gone.await.unwrap_err().is_cancelled());
        }
        // More than there are connections, and the row is free.
        set(&other, "kept", "after").await.unwrap();
        assert_eq!(storage::settings::get(&db, "kept").await.unwrap().as_deref(), Some("after"));
    }
}

#[tokio::test]
async fn who_goes_away_in_the_middle_of_a_question_leaves_the_connection_to_others() {
    const PID: &str = "SELECT CAST(pg_backend_pid() AS BIGINT)";
    const STATE: &str = "SELECT state FROM pg_stat_activity WHERE pid = $1";
    for engine in engines().into_iter().filter(|e| matches!(e, Engines::Postgres(_))) {
        let folder = Folder::new();
        let url = new_url(&engine, &folder).await;
        let (db, other) = (Db::open(&url).await.unwrap(), Db::open(&url).await.unwrap());
        let [(pid,)] = db.all::<(i64,)>(PID, vec![]).await.unwrap()[..] else { panic!("no backend") };
        let becomes = async |wanted: &str| loop {
            let state: Vec<(String,)> = other.all(STATE, vec![pid.into()]).await.unwrap();
            let [(state,)] = &state[..] else { panic!("the connection is closed") };
            if state == wanted {
                return;
            }
            tokio::task::yield_now().await;
        };
        let asking = db.clone();
        let gone =
            tokio::spawn(
                async move { asking.all::<(i64,)>("SELECT CAST(1 AS BIGINT) FROM pg_sleep(0.5)", vec![]).await },
            );
        becomes("active").await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        becomes("idle").await;
        db.ping().await.unwrap();
        becomes("idle").await;
    }
}

#[tokio::test]
async fn connections_that_the_server_ended_are_replaced() {
    for engine in engines().into_iter().filter(|e| matches!(e, Engines::Postgres(_))) {
        let folder = Folder::new();
        let url = new_url(&engine, &folder).await;
        let db = Db::open(&url).await.unwrap();
        let asked = || futures::future::join_all((0..12).map(|_| db.ping()));
        asked().await.into_iter().for_each(|pong| pong.unwrap());
        let ended: Vec<(i64,)> = Db::connect(&url)
            .await
            .unwrap()
            .all(
                "SELECT CAST(count(pg_terminate_backend(pid)) AS BIGINT) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
                vec![],
            )
            .await
            .unwrap();
        assert!(ended[0].0 >= 2, "{ended:?}");
        // Whoever gets one of the ended connections is told; nobody gets it twice.
        asked().await;
        asked().await.into_iter().for_each(|pong| pong.unwrap());
    }
}

#[tokio::test]
async fn ids_are_never_given_out_twice() {
    for engine in engines() {
        let folder = Folder::new();
        let url = new_url(&engine, &folder).await;
        let (one, two) = (Db::open(&url).await.unwrap(), Db::open(&url).await.unwrap());
        let (one, two) = (storage::counters::LongIds::new(one), storage::counters::LongIds::new(two));
        let takers = (0..40).map(|n| {
            let ids = if n % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move {
                let mut taken = Vec::new();
                for _ in 0..60 {
                    taken.push(ids.next().await.unwrap());
                }
                taken
            })
        });
        let all: Vec<i64> = futures::future::join_all(takers).await.into_iter().flat_map(Result::unwrap).collect();
        let different: BTreeSet<i64> = all.iter().copied().collect();
        assert_eq!(different.len(), all.len());
        assert!(different.iter().all(|id| (1..1 << 53).contains(id)));
    }
}

#[tokio::test]
async fn a_job_is_claimed_by_one_worker_and_a_subject_held_by_one() {
    on_both(async |db| {
        let now = Clock::real().wall();
        let until = now + SignedDuration::from_secs(60);
        db.write(move |tx| {
            Box::pin(async move {
                for n in 0..20 {
                    jobs::insert(tx, &job(&format!("service/{n}"), now), now).await?;
                }
                jobs::insert(tx, &job("service/99", now + SignedDuration::from_hours(1)), now).await
            })
        })
        .await
        .unwrap();
        let claims = (0..8).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { jobs::claim(&db, "work", now, now, until, 5).await.unwrap() })
        });
        let claimed: Vec<String> =
            futures::future::join_all(claims).await.into_iter().flat_map(Result::unwrap).map(|j| j.id).collect();
        let different: BTreeSet<&String> = claimed.iter().collect();
        assert_eq!(different.len(), claimed.len(), "no job is claimed twice");
        assert_eq!(claimed.len(), 20, "and none that is not due");

        let held = Arc::new(AtomicUsize::new(0));
        let takers = (0..8).map(|_| {
            let (db, held) = (db.clone(), held.clone());
            tokio::spawn(async move {
                let lease = db.write(move |tx| Box::pin(jobs::lease(tx, "service/1", now, until))).await.unwrap();
                held.fetch_add(usize::from(lease.is_some()), Ordering::SeqCst);
            })
        });
        futures::future::join_all(takers).await;
        assert_eq!(held.load(Ordering::SeqCst), 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_lost_the_lease_records_nothing() {
    on_both(async |db| {
        let now = Clock::real().wall();
        let (soon, later) = (now + SignedDuration::from_secs(1), now + SignedDuration::from_secs(60));
        let first = db.write(move |tx| Box::pin(jobs::lease(tx, "service/1", now, soon))).await.unwrap().unwrap();
        let after = soon + SignedDuration::from_secs(1);
        let second = db.write(move |tx| Box::pin(jobs::lease(tx, "service/1", after, later))).await.unwrap().unwrap();
        assert!(second.fence > first.fence);
        let late = db
            .write(move |tx| {
                let first = first.clone();
                Box::pin(async move {
                    storage::settings::set(tx, "late", "x").await?;
                    jobs::hold(tx, &first, later).await
                })
            })
            .await;
        assert!(matches!(late, Err(Error::LeaseLost { .. })), "{late:?}");
        assert_eq!(storage::settings::get(&db, "late").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_is_refused() {
    for engine in engines() {
        let folder = Folder::new();
        let url = new_url(&engine, &folder).await;
        let operations = crate::world::open_at(&url).await;
        let actor = account(&operations, "rv1234-lv", "6100001").await;
        let db = Db::open(&url).await.unwrap();
        let read = operations.account(&actor.account).await.unwrap();
        let change = |name: &str| {
            let (db, mut account) = (db.clone(), read.clone());
            account.first_name = name.to_owned();
            async move {
                db.write(move |tx| {
                    let account = account.clone();
                    Box::pin(async move { storage::accounts::update(tx, &account).await })
                })
                .await
            }
        };
        let (one, two) = tokio::join!(change("Anna"), change("Bruna"));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert_eq!(operations.account(&actor.account).await.unwrap().version, 2);
    }
}
