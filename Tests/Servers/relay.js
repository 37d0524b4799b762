// A relay as people write it with Express: asks an upstream in OpenAI's format, and sends on the text alone. It waits where
// its reader is slow, and ends as its upstream ends.
//
//     node relay.js UPSTREAM_PORT     prints "port N", and ends when its standard input does

const { once } = require("node:events");
const express = require("express");

const upstream = Number(process.argv[2]);
const app = express();

app.get("/relay", async (request, response) => {
  const reader = new AbortController();
  response.on("close", () => reader.abort());
  response.set("Content-Type", "text/event-stream");
  response.set("Cache-Control", "no-cache");
  response.flushHeaders();
  const send = async (text) => {
    if (!response.write(text)) await Promise.race([once(response, "drain"), once(response, "close")]);
  };
  try {
    const query = new URLSearchParams(request.query);
    const answer = await fetch(`http://127.0.0.1:${upstream}/openai?${query}`, { signal: reader.signal });
    const decoder = new TextDecoder();
    let buffer = "";
    for await (const chunk of answer.body) {
      buffer += decoder.decode(chunk, { stream: true });
      const events = buffer.split("\n\n");
      buffer = events.pop();
      for (const event of events) {
        const data = event.slice("data: ".length);
        if (data === "[DONE]") {
          await send("data: [DONE]\n\n");
          continue;
        }
        const document = JSON.parse(data);
        if (document.error) await send(`event: error\ndata: ${JSON.stringify({ error: document.error.message })}\n\n`);
        const text = document.choices?.[0]?.delta?.content;
        if (text) await send(`data: ${JSON.stringify({ text })}\n\n`);
      }
    }
    response.end();
  } catch {
    response.destroy();
  }
});

const server = app.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
process.stdin.resume().on("end", () => process.exit(0));
