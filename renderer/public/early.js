/*
 * Runs before the program is read: what the frame and the first screen show is asked for at once, and is there when the
 * program is. rpc/early.ts takes the answers. Plain JavaScript, because it is served as it stands.
 */
{
  const paths = ['/api/status.frame', '/api/status.cursor'];
  if (location.pathname === '/') paths.unshift('/api/overview.show');
  const answers = new Map();
  for (const path of paths) {
    const answer = fetch(path, { headers: { 'x-transplant-call': '1' } });
    // Whoever takes it hears of a failure; here it is nobody's.
    answer.catch(() => undefined);
    answers.set(path, answer);
  }
  globalThis.earlyAnswers = answers;
}
