/** People of the tests. */

import type { ClientOptions } from "../../src/client.ts";
import { MudbaseClient } from "../../src/index.ts";

export const PASSWORD = "correct horse battery";

let count = 0;

/** An e-mail address that nobody has, in this process or another. */
export function newEmail(): string {
  count += 1;
  return `morgan-${process.pid}-${Date.now()}-${count}@northwind.test`;
}

/** A client that a new operator is signed in with. */
export async function newOperator(options: ClientOptions): Promise<{ client: MudbaseClient; email: string }> {
  const client = new MudbaseClient(options);
  const email = newEmail();
  await client.auth.register({
    email,
    password: PASSWORD,
    firstName: "Morgan",
    lastName: "Chen",
    orgName: "Northwind",
    agreedToTerms: true,
  });
  return { client, email };
}
