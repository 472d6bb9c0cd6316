//! What was measured, its minimum, median and maximum over the rounds, and the table of them.

use std::fmt::Write;

/// One measurement.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Operations per second.
    pub per_second: f64,
    /// Half of the operations took at most this, in ms.
    pub p50: f64,
    /// 99 of 100 operations took at most this, in ms.
    pub p99: f64,
    /// Processor time per operation in ms, by part.
    pub cpu: Vec<(&'static str, f64)>,
    /// Processors that other programs kept busy meanwhile.
    pub others: f64,
}

impl Figure {
    /// From the times of all operations (µs), the seconds they ran, and the parts' processor time (ms, whole run).
    pub fn new(mut taken: Vec<u32>, seconds: f64, cpu: Vec<(&'static str, f64)>, others: f64) -> Figure {
        taken.sort_unstable();
        let at = |part: f64| {
            let index = ((taken.len() as f64 * part).ceil() as usize).saturating_sub(1);
            taken.get(index).map_or(0.0, |us| f64::from(*us) / 1000.0)
        };
        let count = taken.len().max(1) as f64;
        Figure {
            per_second: taken.len() as f64 / seconds,
            p50: at(0.5),
            p99: at(0.99),
            cpu: cpu.into_iter().map(|(name, ms)| (name, ms / count)).collect(),
            others,
        }
    }

    /// Processor time of all parts per operation, in ms.
    pub fn cpu_all(&self) -> f64 {
        self.cpu.iter().map(|(_, ms)| ms).sum()
    }
}

/// The measurements of one name, one per round.
#[derive(Debug, Clone)]
pub struct Series {
    /// What was measured, on which database.
    pub name: String,
    /// The rounds.
    pub rounds: Vec<Figure>,
}

/// Minimum, median and maximum.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// Minimum.
    pub least: f64,
    /// Median.
    pub median: f64,
    /// Maximum.
    pub most: f64,
}

/// The spread of some numbers; zeros when there are none.
pub fn spread(values: impl IntoIterator<Item = f64>) -> Spread {
    let mut all: Vec<f64> = values.into_iter().collect();
    all.sort_by(f64::total_cmp);
    let at = |n: usize| all.get(n).copied().unwrap_or(0.0);
    Spread { least: at(0), median: at(all.len() / 2), most: at(all.len().saturating_sub(1)) }
}

/// Everything measured so far.
#[derive(Debug, Default)]
pub struct Book {
    series: Vec<Series>,
}

impl Book {
    /// Adds a round.
    pub fn add(&mut self, name: &str, figure: Figure) {
        match self.series.iter_mut().find(|s| s.name == name) {
            Some(series) => series.rounds.push(figure),
            None => self.series.push(Series { name: name.to_owned(), rounds: vec![figure] }),
        }
    }

    /// The rounds of a name.
    pub fn rounds(&self, name: &str) -> &[Figure] {
        self.series.iter().find(|s| s.name == name).map_or(&[], |s| s.rounds.as_slice())
    }

    /// The ratio of two series, round by round, so that a noisy round weighs on both; `None` without both.
    pub fn ratio(&self, above: &str, below: &str, of: impl Fn(&Figure) -> f64) -> Option<Spread> {
        let (above, below) = (self.rounds(above), self.rounds(below));
        let ratios = above.iter().zip(below).filter(|(_, b)| of(b) > 0.0).map(|(a, b)| of(a) / of(b));
        let ratios: Vec<f64> = ratios.collect();
        (!ratios.is_empty()).then(|| spread(ratios))
    }

    /// The table of all series, in Markdown.
    pub fn table(&self) -> String {
        let mut text = String::from(
            "| measured | per second: min / median / max | p50 ms | p99 ms | CPU ms per operation | others' load |\n\
             | --- | --- | --- | --- | --- | --- |\n",
        );
        for series in &self.series {
            let of = |get: fn(&Figure) -> f64| spread(series.rounds.iter().map(get));
            let rate = of(|f| f.per_second);
            let parts: Vec<&'static str> =
                series.rounds.first().map_or(vec![], |f| f.cpu.iter().map(|c| c.0).collect());
            let cpu: Vec<String> = parts
                .iter()
                .enumerate()
                .map(|(n, name)| {
                    let ms = spread(series.rounds.iter().filter_map(|f| f.cpu.get(n)).map(|c| c.1)).median;
                    format!("{name} {ms:.3}")
                })
                .collect();
            let _ = writeln!(
                text,
                "| {} | {:.0} / **{:.0}** / {:.0} | {:.2} | {:.2} | {} | {:.2} |",
                series.name,
                rate.least,
                rate.median,
                rate.most,
                of(|f| f.p50).median,
                of(|f| f.p99).median,
                cpu.join(", "),
                of(|f| f.others).median,
            );
        }
        text
    }
}
