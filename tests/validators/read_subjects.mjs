// Prints the subject of every message in a folder, as two parsers read it, as JSON.
// Run in the folder that holds node_modules: node read_subjects.mjs FOLDER
import { createRequire } from "node:module";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { simpleParser } = require("mailparser");
const { extract } = require("letterparser");

const folder = process.argv[2];
const read = {};
for (const name of readdirSync(folder).sort()) {
  const bytes = readFileSync(join(folder, name));
  const letter = extract(bytes.toString("latin1"));
  read[name] = [(await simpleParser(bytes)).subject, letter.subject];
}
console.log(JSON.stringify(read));
