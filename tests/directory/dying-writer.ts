import type { DirectoryWriter } from '../../core/directory/writer.ts';

let writes = 0;

/** A directory's writer whose process is killed right after so many writes, counted over all of its writers. */
export function dyingAfter(after: number, writer: DirectoryWriter): DirectoryWriter {
  const counted =
    <A extends unknown[]>(work: (...args: A) => Promise<void>) =>
    async (...args: A) => {
      await work(...args);
      if (++writes === after) process.kill(process.pid, 'SIGKILL');
    };
  return {
    read: writer.read.bind(writer),
    facts: writer.facts.bind(writer),
    close: writer.close.bind(writer),
    add: counted(writer.add.bind(writer)),
    modify: counted(writer.modify.bind(writer)),
    remove: counted(writer.remove.bind(writer)),
  };
}
