//! `integrador mesh`: the registry files of several platforms at once, with a token for each pair.

use std::path::PathBuf;

use clap::ValueEnum;
use integrador::EventKind;
use integrador::registry_file::{self, Made, Member};
use serde_json::json;

use crate::add::{Shows, Supports};
use crate::files;
use crate::output::{self, Failure, Outcome};

/// Writes one registry file for each platform, with a fresh token for each pair.
///
/// The files are NAME.platforms.json in the folder of --out, readable by their owner alone, since they hold the tokens. Give
/// each platform its file and nobody else's. A file that is there already is not touched.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The nodes: the name, and the URL under which the others reach it.
    #[arg(value_name = "NAME=URL", required = true, value_parser = platform)]
    platforms: Vec<(String, String)>,
    /// A platform that does not embed the library, and the node of the mesh that hosts it. It gets a file of its own,
    /// NAME.gateway.json: the URL to post to, and its token.
    #[arg(long, num_args = 2, value_names = ["NODE", "NAME=URL"], action = clap::ArgAction::Append)]
    behind: Vec<String>,
    /// What a platform can show beside text, such as `GoChat=image` or `GoChat=image,audio`. One behind a node shows neither
    /// unless this says so; of the others nothing is said.
    #[arg(long, value_name = "NAME=WHAT", value_parser = shows)]
    shows: Vec<(String, Vec<Shows>)>,
    /// What a platform behind a node takes beyond users, rooms and messages, such as `GoChat=edit,delete,reaction`. Of what it does
    /// not take, an edit goes to it as a message, a delete or a reaction not at all.
    #[arg(long, value_name = "NAME=KINDS", value_parser = supports)]
    supports: Vec<(String, Vec<Supports>)>,
    /// Where the files are written; made if it isn't there.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Overwrites files that are there: their tokens are lost, and the platforms understand each other again once all have their new file.
    #[arg(long)]
    force: bool,
    /// Prints as JSON which files were written. It holds no token.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador mesh BuasApp=http://localhost:5001/api/ GWT_CHAT=http://localhost:8080/api/
  integrador mesh 'net core=https://chat.example.org/api/' hub=https://hub.example.org/ --out registries
  integrador mesh hub=http://localhost:5000/ BuasApp=http://localhost:5001/api/ \\
      --behind hub GoChat=http://localhost:5003/ --shows GoChat=image --supports GoChat=edit

Exit codes: 0 written, 1 a file is there already or can't be written, 2 wrong arguments.";

/// Splits before the URL, since a name may hold a `=` too.
fn platform(text: &str) -> Result<(String, String), String> {
    let at = text.find("=http").or_else(|| text.find('=')).ok_or("expected NAME=URL")?;
    Ok((text[..at].to_owned(), text[at + 1..].to_owned()))
}

fn shows(text: &str) -> Result<(String, Vec<Shows>), String> {
    let (name, what) = text.rsplit_once('=').ok_or("expected NAME=image, NAME=audio or NAME=image,audio")?;
    let what: Result<_, _> = what.split(',').map(|what| Shows::from_str(what.trim(), true)).collect();
    Ok((name.to_owned(), what?))
}

fn supports(text: &str) -> Result<(String, Vec<Supports>), String> {
    let (name, kinds) = text.rsplit_once('=').ok_or("expected NAME=edit, NAME=delete or NAME=edit,delete,reaction")?;
    let kinds: Result<_, _> = kinds.split(',').map(|kind| Supports::from_str(kind.trim(), true)).collect();
    Ok((name.to_owned(), kinds?))
}

/// The platform that an option names.
fn named<'a>(members: &'a mut [Member], option: &str, name: &str) -> Result<&'a mut Member, Failure> {
    let member = members.iter_mut().find(|member| member.name.trim() == name.trim());
    member.ok_or_else(|| Failure(format!("{option} {name}: no platform of this mesh has that name")))
}

/// All that the arguments name.
fn members(args: &Args) -> Result<Vec<Member>, Failure> {
    let mut members: Vec<_> = args.platforms.iter().map(|(name, url)| Member::node(name, url)).collect();
    for pair in args.behind.chunks_exact(2) {
        let (name, url) = platform(&pair[1]).map_err(|why| Failure(format!("--behind {}: {why}", pair[0])))?;
        members.push(Member::plain(name, url).behind(&pair[0]));
    }
    for (name, what) in &args.shows {
        let member = named(&mut members, "--shows", name)?;
        *member = member.clone().shows(what.contains(&Shows::Audio), what.contains(&Shows::Image));
    }
    for (name, kinds) in &args.supports {
        let member = named(&mut members, "--supports", name)?;
        if !member.plain {
            let what = "is a node, which says by itself what it takes: only one --behind a node is told";
            return Err(Failure(format!("--supports {name}: it {what}")));
        }
        *member = member.clone().supports(kinds.iter().copied().map(EventKind::from));
    }
    Ok(members)
}

/// Writes the files.
pub(crate) fn run(args: &Args) -> Outcome {
    let mut files = Vec::new();
    for Made { name, json: text, plain, .. } in registry_file::mesh_of(&members(args)?)? {
        let kind = if plain { "gateway" } else { "platforms" };
        let path = args.out.join(format!("{}.{kind}.json", file_name(&name)));
        if !args.force && path.exists() {
            let message = "is there already, nothing was written: --force overwrites it, --out chooses another folder";
            return Err(Failure(format!("{} {message}", path.display())));
        }
        if files.iter().any(|(_, other, _)| *other == path) {
            return Err(Failure(format!("two platforms would get the file {}: rename one", path.display())));
        }
        files.push((name, path, text));
    }
    std::fs::create_dir_all(&args.out).map_err(|e| Failure(format!("--out {}: {e}", args.out.display())))?;
    for (_, path, text) in &files {
        if args.force { files::replace(path, text)? } else { files::create(path, text)? }
    }

    if args.json {
        let told: Vec<_> = files.iter().map(|(name, path, _)| json!({"name": name, "file": path})).collect();
        return output::json(told);
    }
    for (name, path, _) in &files {
        output::say(format_args!("wrote {} for {name}", path.display()))?;
    }
    output::say(
        "\nGive each platform its own file, privately: it holds the tokens that the others know it by.\n\
         An app names it in its configuration (`platforms`); a standalone node starts with:\n\
         \x20 integrador serve --name NAME --platforms NAME.platforms.json --listen HOST:PORT --store NAME.db",
    )
}

/// The name, with `_` for whatever could mean something in a path or to a shell.
fn file_name(name: &str) -> String {
    let safe = |(i, c): (usize, char)| {
        let keep = c.is_alphanumeric() || c == '_' || (i > 0 && matches!(c, '-' | '.'));
        if keep { c } else { '_' }
    };
    name.chars().enumerate().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_split_before_its_url() {
        let split = |text| platform(text).unwrap();
        assert_eq!(split("A=http://x/?a=b"), ("A".into(), "http://x/?a=b".into()));
        assert_eq!(split("a=b=https://x"), ("a=b".into(), "https://x".into()));
        assert_eq!(split("A=ftp://x"), ("A".into(), "ftp://x".into()));
        assert!(platform("A").is_err());
    }

    #[test]
    fn a_file_stays_in_its_folder() {
        assert_eq!(file_name("net core"), "net_core");
        assert_eq!(file_name("../x"), "_._x");
        assert_eq!(file_name("-rf"), "_rf");
        assert_eq!(file_name("Ñandú 2.0"), "Ñandú_2.0");
    }
}
