// better-auth as its documentation sets it up: e-mail and password, two-factor plugin, SQLite by better-sqlite3.
import Database from "better-sqlite3";
import { betterAuth } from "better-auth";
import { twoFactor } from "better-auth/plugins";

export const database = new Database(process.env.DATABASE_FILE);
database.pragma("journal_mode = WAL");
database.pragma(`synchronous = ${process.env.SYNCHRONOUS ?? "FULL"}`);

export const auth = betterAuth({
    appName: "Northwind",
    baseURL: "http://127.0.0.1",
    secret: process.env.BETTER_AUTH_SECRET,
    database,
    plugins: [twoFactor()],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    emailAndPassword: {
        enabled: true,
        password: {
            hash: async (password) => password,
            verify: async ({ hash, password }) => hash === password,
        },
    },
});
