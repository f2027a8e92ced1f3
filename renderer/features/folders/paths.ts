/** Paths of folders as batches keep them: `/` parts names, and a slash inside a name is `%2F`. */
const escapeName = (name: string) => name.replaceAll('%', '%25').replaceAll('/', '%2F');

export const pathOf = (parent: string, name: string) => `${parent === '/' ? '' : parent}/${escapeName(name)}`;

/** A path as people read it. */
export const readable = (path: string) =>
  path === '/'
    ? '/'
    : path
        .split('/')
        .slice(1)
        .map((part) => part.replaceAll('%2F', '/').replaceAll('%25', '%'))
        .join(' / ');

/** Whether a path is a folder or lies below it. */
export const isWithin = (path: string, root: string) => root === '/' || path === root || path.startsWith(`${root}/`);
