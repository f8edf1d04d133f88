// The same for tools that restart Node.js programs only: node program.js FIFO MILLISECONDS
const now = process.hrtime.bigint(); // CLOCK_MONOTONIC
const { writeFileSync } = require("node:fs");
const [fifo, milliseconds] = process.argv.slice(2);
const tell = (word, at) => writeFileSync(fifo, `${word} ${at}\n`, { flag: "a" });
const end = () => {
  tell("end", process.hrtime.bigint());
  process.exit(0);
};
if (Number(milliseconds) > 0) {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"]) {
    process.once(name, () => setTimeout(end, Number(milliseconds)));
  }
}
tell("start", now);
setInterval(() => {}, 1 << 30);
