//! Draws what several runs have written: what one joining, one message, one platform costs, by how many there are.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::report::{Each, Report};
use crate::{Failed, Shape};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = 55.0;
const COLOURS: [&str; 4] = ["#0b6fa4", "#c2410c", "#15803d", "#7e22ce"];

type Points = Vec<(f64, f64)>;

struct Chart {
    file: &'static str,
    title: &'static str,
    x: &'static str,
    points: fn(&Report) -> Points,
}

const CHARTS: [Chart; 5] = [
    Chart {
        file: "join.svg",
        title: "Requests of one joining",
        x: "platforms that are there",
        points: |report| requests(&report.counted.join),
    },
    Chart {
        file: "message.svg",
        title: "Requests of one message",
        x: "platforms that the room spans",
        points: |report| requests(&report.counted.talk),
    },
    Chart {
        file: "idle.svg",
        title: "Bytes of one platform between two pings, while nobody says anything",
        x: "platforms that are there",
        points: |report| report.counted.idle.iter().map(|each| (each.platforms as f64, each.bytes)).collect(),
    },
    Chart { file: "memory.svg", title: "Memory of one platform, KiB", x: "platforms that are there", points: memory },
    Chart {
        file: "time.svg",
        title: "Time of one joining, all who are concerned together, ms",
        x: "platforms that are there",
        points: |report| report.measured.join.iter().map(|time| (time.platforms as f64, time.ms)).collect(),
    },
];

fn requests(all: &[Each]) -> Points {
    all.iter().map(|each| (each.platforms as f64, each.requests)).collect()
}

/// What is there before anybody comes is not the platforms'.
fn memory(report: &Report) -> Points {
    let before = report.measured.memory.first().map_or(0, |first| first.bytes);
    let all = report.measured.memory.iter().filter(|memory| memory.platforms > 0);
    all.map(|of| (of.platforms as f64, of.bytes.saturating_sub(before) as f64 / of.platforms as f64 / 1024.0)).collect()
}

/// Runs of one name are one line.
fn name(shape: Shape) -> String {
    match (shape.group, shape.gateways) {
        (Some(group), _) => format!("groups of {group}"),
        (_, Some(gateways)) => format!("behind {gateways} gateways"),
        _ => "everybody knows everybody".into(),
    }
}

pub(crate) fn draw(runs: &[PathBuf], into: &Path) -> Result<(), Failed> {
    let mut runs = runs.iter().map(|run| Report::read(run)).collect::<Result<Vec<_>, _>>()?;
    runs.sort_by_key(|run| run.shape.platforms);
    fs::create_dir_all(into)?;
    for chart in &CHARTS {
        let mut series: Vec<(String, Points)> = Vec::new();
        for run in &runs {
            let (name, mut points) = (name(run.shape), (chart.points)(run));
            points.retain(|(x, y)| *x > 0.0 && *y > 0.0);
            match series.iter_mut().find(|(known, _)| *known == name) {
                // Of runs of several sizes the greatest says it all, but where each of them says one thing only.
                Some((_, known)) if points.len() == 1 => known.append(&mut points),
                Some((_, known)) => *known = points,
                None => series.push((name, points)),
            }
        }
        if series.iter().any(|(_, points)| !points.is_empty()) {
            fs::write(into.join(chart.file), svg(chart, &series))?;
        }
    }
    Ok(())
}

/// Both axes are logarithmic, from one power of ten to another.
struct Axis {
    from: i32,
    upto: i32,
    at: f64,
    length: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64> + Clone, at: f64, length: f64) -> Axis {
        let least = values.clone().fold(f64::INFINITY, f64::min).log10().floor() as i32;
        let most = values.fold(1.0, f64::max).log10().ceil() as i32;
        Axis { from: least, upto: most.max(least + 1), at, length }
    }

    fn place(&self, value: f64) -> f64 {
        self.at + (value.log10() - f64::from(self.from)) / f64::from(self.upto - self.from) * self.length
    }

    fn marks(&self) -> impl Iterator<Item = (f64, String)> + '_ {
        (self.from..=self.upto).map(|power| {
            let text = match power {
                ..0 => format!("{}", 10_f64.powi(power)),
                0..3 => format!("{}", 10_u64.pow(power.unsigned_abs())),
                3..6 => format!("{},000", 10_u64.pow(power.unsigned_abs() - 3)),
                6..9 => format!("{} M", 10_u64.pow(power.unsigned_abs() - 6)),
                _ => format!("10^{power}"),
            };
            (self.place(10_f64.powi(power)), text)
        })
    }
}

fn svg(chart: &Chart, series: &[(String, Points)]) -> String {
    let all = || series.iter().flat_map(|(_, points)| points.iter());
    let x = Axis::over(all().map(|(x, _)| *x), LEFT, WIDTH - LEFT - RIGHT);
    let y = Axis::over(all().map(|(_, y)| *y), HEIGHT - BOTTOM, -(HEIGHT - TOP - BOTTOM));
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"13\" fill=\"#333\">"
    ));
    line(format!("<title>{}</title>", chart.title));
    line(format!("<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>"));
    line(format!("<text x=\"{LEFT}\" y=\"24\" font-size=\"16\" font-weight=\"bold\">{}</text>", chart.title));
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for (at, text) in x.marks() {
        line(format!("<path d=\"M{at:.1} {TOP}V{bottom}\" stroke=\"#ddd\"/>"));
        line(format!("<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", bottom + 18.0));
    }
    for (at, text) in y.marks() {
        line(format!("<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#ddd\"/>"));
        line(format!("<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>", LEFT - 8.0, at + 4.0));
    }
    let middle = (LEFT + right) / 2.0;
    line(format!("<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>", HEIGHT - 12.0, chart.x));
    let mut legend = LEFT;
    for ((name, points), colour) in series.iter().zip(COLOURS) {
        let places: Vec<String> =
            points.iter().map(|(a, b)| format!("{:.1},{:.1}", x.place(*a), y.place(*b))).collect();
        let places = places.join(" ");
        line(format!("<polyline points=\"{places}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"));
        for (a, b) in points {
            let (a, b) = (x.place(*a), y.place(*b));
            line(format!("<circle cx=\"{a:.1}\" cy=\"{b:.1}\" r=\"3\" fill=\"{colour}\"/>"));
        }
        line(format!("<circle cx=\"{:.1}\" cy=\"46\" r=\"5\" fill=\"{colour}\"/>", legend + 5.0));
        line(format!("<text x=\"{:.1}\" y=\"50\">{name}</text>", legend + 16.0));
        legend += 40.0 + 7.0 * name.len() as f64;
    }
    line("</svg>".into());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_goes_from_one_power_of_ten_to_another() {
        let axis = Axis::over([20.0, 900.0].into_iter(), 100.0, 200.0);
        assert_eq!((axis.from, axis.upto), (1, 3));
        assert!((axis.place(100.0) - 200.0).abs() < 1e-9);
        let marks: Vec<String> = axis.marks().map(|(_, text)| text).collect();
        assert_eq!(marks, ["10", "100", "1,000"]);
    }
}
