/** The tour in an edge runtime: a request with `?server=…&nobody=…` is answered with what was seen. */

import { tour } from "./tour.js";

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    try {
      return Response.json(await tour(searchParams.get("server"), searchParams.get("nobody")));
    } catch (error) {
      return new Response(String(error?.stack ?? error), { status: 500 });
    }
  },
};
