import editDistance from 'damerau-levenshtein';

/** Names that begin like this are meant for the gateway. */
const prefix = /^(LOGTO|AUTH|EVENTS|UPSTREAM|GATEWAY|OVERVIEW|CACHE|SANDBOX)_/;

/** Kubernetes and Docker put these beside every service: a service called "gateway" or "logto" is no misspelling. */
const serviceLink = /_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;

/** One sentence for each variable that looks as if it were meant for the gateway, but is not read. */
export function misspellings(env: NodeJS.ProcessEnv, known: readonly string[]): string[] {
  return Object.keys(env)
    .filter((name) => env[name] && !known.includes(name))
    .flatMap((name) => {
      const meant = nearest(name.toUpperCase(), known);
      if (meant) return [`${name} is not a setting of the gateway; did you mean ${meant}?`];
      const isForeign = !prefix.test(name) || serviceLink.test(name);
      return isForeign ? [] : [`${name} is not a setting of the gateway, and has no effect.`];
    });
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const bare = name.replace(/^GATEWAY_/, '');
  const [best] = known
    .map((candidate) => ({
      candidate,
      distance: Math.min(editDistance(name, candidate).steps, editDistance(bare, candidate).steps),
    }))
    .filter(({ candidate, distance }) => distance <= slipsAllowed(candidate))
    .toSorted((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/** Short names have many innocent neighbours (HOST and HOME). */
const slipsAllowed = (name: string): number => (name.length <= 5 ? 1 : name.length <= 10 ? 2 : 3);
