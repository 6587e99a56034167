// A headless Chromium that needs neither root nor a package of the system: the browser, its libraries and the fonts all
// come from npm, and are unpacked once into the build folder.

import { createRequire } from "node:module";
import { existsSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { chromium as playwright } from "playwright-core";

const require = createRequire(import.meta.url);

/** Starts the browser; `folder` is where it is kept unpacked between runs. */
export async function launch(folder) {
  const lock = readFileSync(new URL("./package-lock.json", import.meta.url), "utf8");
  const version = JSON.parse(lock).packages["node_modules/@sparticuz/chromium"].version;
  const home = join(folder, `chromium-${version}`);
  if (!existsSync(home)) await unpack(home);
  return playwright.launch({
    executablePath: join(home, "chromium"),
    // Not the package's own list: that one is for functions in a cloud, turns the web's security off and runs all in
    // one process. The sandbox needs rights that containers seldom give.
    args: ["--no-sandbox", "--headless=shell", "--disable-gpu", "--font-render-hinting=none"],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(home, "al2023", "lib"),
      FONTCONFIG_FILE: join(home, "fonts.conf"),
      HOME: home,
    },
  });
}

/** Unpacks beside its place and renames at the end, so that an interrupted run leaves nothing that looks finished. */
async function unpack(home) {
  const temporary = `${home}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  console.log("unpacking Chromium (once) …");
  const before = { ...process.env };
  // The package unpacks into the temporary folder, and its libraries only where it believes to be in such a cloud.
  Object.assign(process.env, { TMPDIR: temporary, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" });
  try {
    const { default: chromium } = await import("@sparticuz/chromium");
    await chromium.executablePath();
  } finally {
    for (const name of ["TMPDIR", "AWS_EXECUTION_ENV", "LD_LIBRARY_PATH", "FONTCONFIG_PATH"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
  const emoji = dirname(require.resolve("@expo-google-fonts/noto-color-emoji/package.json"));
  cpSync(join(emoji, "400Regular"), join(temporary, "emoji"), { recursive: true });
  writeFileSync(join(temporary, "fonts.conf"), fontsConf(home));
  rmSync(home, { recursive: true, force: true });
  renameSync(temporary, home);
}

function fontsConf(home) {
  const alias = (family) =>
    `<alias><family>${family}</family><prefer><family>Open Sans</family><family>Noto Color Emoji</family></prefer></alias>`;
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${home}/fonts</dir>
  <dir>${home}/emoji</dir>
  <cachedir>${home}/font-cache</cachedir>
  ${["sans-serif", "system-ui", "serif", "monospace"].map(alias).join("\n  ")}
</fontconfig>
`;
}
