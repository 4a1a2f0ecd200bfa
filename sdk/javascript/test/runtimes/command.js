/** The tour on a command line: `command.js <server> <address of nobody>` prints what was seen. */

import process from "node:process";
import { tour } from "./tour.js";

console.log(JSON.stringify(await tour(...process.argv.slice(2))));
