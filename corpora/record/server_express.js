// A relay as people write it with Express: asks an upstream in OpenAI's format, and sends on the text alone.
// Usage: node server_express.js PORT UPSTREAM_PORT

const express = require("express");

const [port, upstream] = process.argv.slice(2).map(Number);
const app = express();

app.get("/text-field/:number", async (request, response) => {
  response.set("Content-Type", "text/event-stream");
  response.set("Cache-Control", "no-cache");
  response.flushHeaders();
  const answer = await fetch(`http://127.0.0.1:${upstream}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      model: "gpt-4o-mini",
      stream: true,
      messages: [{ role: "user", content: `text-field ${request.params.number}` }],
    }),
  });
  const decoder = new TextDecoder();
  let buffer = "";
  for await (const chunk of answer.body) {
    buffer += decoder.decode(chunk, { stream: true });
    const events = buffer.split("\n\n");
    buffer = events.pop();
    for (const event of events) {
      const data = event.slice("data: ".length);
      if (data === "[DONE]") continue;
      const text = JSON.parse(data).choices[0]?.delta?.content;
      if (text) response.write(`data: ${JSON.stringify({ text })}\n\n`);
    }
  }
  response.write("data: [DONE]\n\n");
  response.end();
});

app.listen(port, "127.0.0.1", () => console.log("listening"));
