// What the server says, for who reads it in the page: without commands of a shell.

const NAMES = (
  'backup basket classify completion concept curate decisions demo doctor encoders explain export '
  + 'export-page export-vectors fewshot finetune import-vectors index info labels learn mcp '
  + 'propagate publish quickstart reindex remove replay report restore review rule search serve '
  + 'skill trail users views watch words'
).split(' ').join('|');
const COMMAND = new RegExp(`\\blikewise (${NAMES})\\b|\\bpip install\\b|(^|[\\s(])--[a-z]`);

/**
 * A message without the parts that name a command or an option of one.
 * @param {string} message parts with semicolons between
 */
export function withoutCommands(message) {
  const parts = message.split('; ').filter((part) => !COMMAND.test(part));
  return parts.join('; ') || message;
}
