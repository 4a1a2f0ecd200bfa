// Fills better-auth's database through its own adapter; prints what clients need, a JSON object a line.
//   people COUNT      people with a session each, every second of whom has 2FA on
//   begin             forget every setup that was begun
//   challenges TURNS  that many sign-ins for each person with 2FA, which wait for a code
import { getMigrations } from "better-auth/db/migration";
import { makeSignature, symmetricEncrypt } from "better-auth/crypto";
import { auth, database } from "./auth.mjs";

const PASSWORD = "correct horse battery";
const [command, amount] = process.argv.slice(2);
const context = await auth.$context;
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const cookie = async (name, value) =>
    `${context.createAuthCookie(name).name}=${encodeURIComponent(`${value}.${await makeSignature(value, context.secret)}`)}`;

async function person(number) {
    const email = `person${String(number).padStart(8, "0")}@customers.test`;
    const isProtected = number % 2 === 1;
    const user = await context.internalAdapter.createUser({
        email, name: `Person ${number}`, emailVerified: false, twoFactorEnabled: isProtected,
    });
    await context.internalAdapter.linkAccount({
        userId: user.id, providerId: "credential", accountId: user.id, password: PASSWORD,
    });
    const session = await context.internalAdapter.createSession(user.id, false);
    const secret = String(number).padStart(32, "x");
    if (isProtected) {
        const seal = (data) => symmetricEncrypt({ key: context.secretConfig, data });
        await context.adapter.create({
            model: "twoFactor",
            data: { userId: user.id, secret: await seal(secret), backupCodes: await seal("[]"), verified: true },
        });
    }
    tell({ id: user.id, email, secret, isProtected, cookie: await cookie("session_token", session.token) });
}

async function challenge(userId, identifier) {
    const expiresAt = new Date(Date.now() + 600_000);
    await context.internalAdapter.createVerificationValue({ value: userId, identifier, expiresAt });
    await context.internalAdapter.createVerificationValue({
        value: "0", identifier: `2fa-attempts-${identifier}`, expiresAt,
    });
    tell({ id: userId, cookie: await cookie("two_factor", identifier) });
}

if (command === "people") {
    await (await getMigrations(auth.options)).runMigrations();
    for (let number = 0; number < Number(amount); number += 1) await person(number);
} else if (command === "begin") {
    database.exec("DELETE FROM twoFactor WHERE verified = 0");
} else if (command === "challenges") {
    database.exec("DELETE FROM verification");
    const users = database.prepare("SELECT id FROM user WHERE twoFactorEnabled = 1 ORDER BY email").all();
    for (let turn = 0; turn < Number(amount); turn += 1) {
        for (const [index, user] of users.entries()) await challenge(user.id, `2fa-${Date.now()}-${turn}-${index}`);
    }
} else {
    throw new Error(`no such command: ${command}`);
}
