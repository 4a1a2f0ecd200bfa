/** The client keeps to the vectors that all clients share. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as mudbase from "../src/index.ts";
import { MudbaseClient, MudbaseError } from "../src/index.ts";
import { closedPort, withScripted } from "./support/scripted.ts";
import { call, ERRORS, given, OPERATIONS, operationCalled, REFRESHES, RETRIES } from "./support/vectors.ts";

const PAIR = { message: "Done.", token: "a2", refreshToken: "r2", expiresIn: 1800, user: {} };

async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "success",
    (error: unknown) => error,
  );
}

function className(outcome: unknown): string {
  return outcome instanceof Error ? outcome.name : String(outcome);
}

describe("every operation sends what its vector says", () => {
  for (const operation of OPERATIONS) {
    const { method, path, query = {}, body } = operation.request;
    test(`${operation.operation} ${JSON.stringify(operation.input ?? "")} sends ${method} ${path}`, () =>
      withScripted([{ status: 200, json: PAIR }], async (server) => {
        const client = new MudbaseClient({ baseUrl: server.url });
        client.setTokens({ token: "a1", refreshToken: "r1", expiresAt: Date.now() + 600_000 });

        await call(client, operation);

        const [received] = server.received;
        assert.deepEqual(
          { method: received?.method, path: received?.path, query: received?.query, body: received?.body },
          { method, path, query, body },
        );
        assert.equal(received?.headers.authorization, operation.auth === "person" ? "Bearer a1" : undefined);
        assert.equal(received?.headers["content-type"], body === undefined ? undefined : "application/json");
        const expected = operation.dropsTokens ? undefined : operation.keepsTokens ? "a2" : "a1";
        assert.equal(client.getTokens()?.token, expected);
      }));
  }
});

describe("every answer becomes the error of its vector", () => {
  for (const { name, answer, error: expected } of ERRORS) {
    test(name, () =>
      withScripted([answer], async (server) => {
        const baseUrl = answer.fault === "refuse" ? `http://127.0.0.1:${await closedPort()}` : server.url;
        const client = new MudbaseClient({ baseUrl, retries: 0, timeout: 500 });

        const started = Date.now();
        const error = await outcomeOf(client.users.get());

        assert.ok(error instanceof MudbaseError);
        const { class: expectedClass, message, ...facts } = expected;
        assert.equal(error.name, expectedClass);
        assert.ok(error instanceof (Reflect.get(mudbase, expectedClass) as typeof MudbaseError));
        assert.equal(error.message, message);
        assert.deepEqual({ ...error }, facts);
        assert.ok(Date.now() - started < 1500);
      }),
    );
  }
});

describe("a call is sent as often as its vector says", () => {
  for (const vector of RETRIES) {
    test(vector.name, () =>
      withScripted(vector.answers, async (server) => {
        const client = new MudbaseClient({ baseUrl: server.url, retries: 2 });

        const started = performance.now();
        const outcome = await outcomeOf(call(client, operationCalled(vector.operation)));

        assert.equal(className(outcome), vector.outcome);
        assert.equal(server.received.length, vector.requests);
        assert.ok(performance.now() - started >= (vector.elapsedAtLeast ?? 0));
      }),
    );
  }
});

describe("tokens are refreshed as the vector says", () => {
  for (const vector of REFRESHES) {
    test(vector.name, () =>
      withScripted(vector.answers, async (server) => {
        const changes: (string | null)[] = [];
        const onTokens = (tokens: mudbase.Tokens | null): void => void changes.push(tokens?.token ?? null);
        const client = new MudbaseClient({ baseUrl: server.url, onTokens });
        client.setTokens(given(vector.tokens));
        server.onRequest = () => {
          if (vector.meanwhile && server.received.length === 1) client.setTokens(given(vector.meanwhile));
        };

        const outcome = await outcomeOf(client.users.get());

        const sent = server.received.map(
          ({ method, path, headers }) => `${method} ${path} ${headers.authorization?.replace("Bearer ", "") ?? "-"}`,
        );
        assert.deepEqual(sent, vector.requests);
        assert.equal(className(outcome), vector.outcome);
        if (vector.code) assert.equal((outcome as MudbaseError).code, vector.code);
        const held = client.getTokens();
        assert.deepEqual(
          held && { token: held.token, refreshToken: held.refreshToken },
          vector.after && { refreshToken: undefined, ...vector.after },
        );
        assert.deepEqual(changes, vector.changes);
      }),
    );
  }
});
