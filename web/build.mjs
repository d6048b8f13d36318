// Builds what Hearth's pages are dressed with into internal/base/page/dist: the style sheet, the font, the icons as one file,
// and the scripts. Run by scripts/assets.sh, which knows whether anything changed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "internal", "base", "page", "dist");
const modules = join(here, "node_modules");
mkdirSync(out, { recursive: true });

execFileSync(process.execPath, [join(modules, "@tailwindcss", "cli", "dist", "index.mjs"), "-i", "theme.css", "-o", join(out, "hearth.css"), "--minify"],
  { cwd: here, stdio: ["ignore", "ignore", "inherit"] });

// The font in two pieces: Latin, and the accents of further languages, which browsers fetch only when a page has them.
let faces = "";
for (const [part, range] of [["latin-ext", "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF"],
  ["latin", "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD"]]) {
  const file = `inter-${part}.woff2`;
  copyFileSync(join(modules, "@fontsource-variable", "inter", "files", `inter-${part}-wght-normal.woff2`), join(out, file));
  faces += `@font-face{font-family:"Inter Variable";font-style:normal;font-display:swap;font-weight:100 900;src:url(${file}) format("woff2");unicode-range:${range}}`;
}
writeFileSync(join(out, "hearth.css"), faces + readFileSync(join(out, "hearth.css"), "utf8"));

// The icons that the pages name, one symbol each.
const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").map((s) => s.trim()).filter(Boolean);
let symbols = "";
for (const name of names) {
  const file = join(modules, "lucide-static", "icons", `${name}.svg`);
  if (!existsSync(file)) throw new Error(`web/icons.txt names ${name}, which the icon set does not have`);
  const svg = readFileSync(file, "utf8");
  const inner = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s+/g, " ").trim();
  symbols += `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
}
writeFileSync(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols}</svg>`);

copyFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), join(out, "htmx.js"));
for (const script of ["workspace.js", "passkey.js", "portal.js"]) copyFileSync(join(here, script), join(out, script));

// The name under which all of it is served changes with the content, so that browsers may keep it.
const sum = createHash("sha256");
for (const name of readdirSync(out).sort()) if (!["version.txt", "README.md"].includes(name)) sum.update(readFileSync(join(out, name)));
writeFileSync(join(out, "version.txt"), sum.digest("hex").slice(0, 12));
