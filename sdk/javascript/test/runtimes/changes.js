/** Changes over connections that are kept and then closed: `changes.js <server>` prints how each call ended. */

import process from "node:process";
import { MudbaseClient } from "../../dist/index.js";

const client = new MudbaseClient({ baseUrl: process.argv[2] });
client.setJWT("a1");
const ends = [];
for (const change of [
  () => client.users.setup2fa(),
  () => client.users.verify2fa({ token: "492039" }),
  () => client.users.update({ firstName: "Morgan" }),
  () => client.users.revokeSession("665f1c2ab7d94e0012ab34d0"),
]) {
  await client.health(); // leaves a connection to be used again
  ends.push(
    await change().then(
      () => "done",
      (error) => error.code,
    ),
  );
}
console.log(JSON.stringify(ends));
