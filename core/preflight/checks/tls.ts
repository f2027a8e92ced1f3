import { type Check, failed, notTried, passed, REQUIREMENTS, warning } from '../check.ts';
import { addressOf } from '../endpoints.ts';
import type { PreflightEnvironment, ProbedEndpoint } from '../environment.ts';
import { sentence } from '../explain.ts';
import type { CertificateFacts } from '../tls/certificate.ts';
import { TLS_VERSIONS, type TlsVersion } from '../tls/hello.ts';
import { NoTlsOffered } from '../tls/start-tls.ts';
import { certificateRemedy, tlsRemedy } from './tls-remedies.ts';

const DAY = 86_400_000;
/** A certificate that ends within so many days may end during the migration. */
const SOON_DAYS = 30;
const NAMES = Object.keys(TLS_VERSIONS) as TlsVersion[];
const CURRENT: readonly TlsVersion[] = ['TLS 1.2', 'TLS 1.3'];

/** Versions, ciphers and certificate of every configured server that speaks TLS. */
export function tlsChecks(environment: PreflightEnvironment, more: readonly ProbedEndpoint[] = []): Check[] {
  const endpoints = [...environment.forests.flatMap((forest) => forest.endpoints), ...more];
  return endpoints.flatMap((endpoint) => [
    versionCheck(endpoint),
    oldVersionsCheck(endpoint),
    cipherCheck(endpoint),
    ...certificateChecks(endpoint),
  ]);
}

const objectOf = (endpoint: ProbedEndpoint): string =>
  `${endpoint.service} ${addressOf(endpoint)}${endpoint.forest ? ` (${endpoint.forest})` : ''}`;

function versionCheck(endpoint: ProbedEndpoint): Check {
  return {
    id: 'tls.version',
    group: 'tls',
    title: 'TLS 1.2 or 1.3 is spoken',
    object: objectOf(endpoint),
    requirement: { text: 'Every connection uses TLS 1.2 or newer.', source: REQUIREMENTS.tls },
    how: 'A handshake is opened for each version from TLS 1.0 to 1.3 by itself and stopped at the first answer.',
    blocks: true,
    async run() {
      const probe = await endpoint.versions();
      const evidence = NAMES.map((name) => `${name}: ${describeVersion(probe.versions[name])}`);
      if (CURRENT.some((name) => probe.versions[name].outcome === 'accepted')) return passed(...evidence);
      const why = CURRENT.map((name) => probe.versions[name]).find((version) => version.outcome === 'unknown');
      if (why?.outcome === 'unknown') {
        const unreachable = !probe.reachable;
        return failed(unreachable ? `The server cannot be reached: ${why.why}.` : `${why.why}.`, {
          text: unreachable
            ? 'Check the address and that the port is open: transplant preflight ports.'
            : 'Check that the right service listens on this port and offers TLS.',
        });
      }
      return failed(evidence, tlsRemedy(endpoint.service));
    },
  };
}

function oldVersionsCheck(endpoint: ProbedEndpoint): Check {
  return {
    id: 'tls.old-versions',
    group: 'tls',
    title: 'TLS 1.0 and 1.1 are off',
    object: objectOf(endpoint),
    requirement: {
      text: 'TLS 1.0 and 1.1 are withdrawn (RFC 8996) and should be off.',
      source: `${REQUIREMENTS.tls}; RFC 8996`,
    },
    how: 'As tls.version; the hello is made byte by byte, so the old versions are really offered.',
    blocks: false,
    async run() {
      const { versions } = await endpoint.versions();
      const old = (['TLS 1.0', 'TLS 1.1'] as const).map((name) => ({ name, version: versions[name] }));
      const evidence = old.map(({ name, version }) => `${name}: ${describeVersion(version)}`);
      if (old.some(({ version }) => version.outcome === 'accepted')) {
        return warning(evidence, {
          text: 'Turn the old versions off once nothing else needs them; Transplant never uses them.',
        });
      }
      if (old.every(({ version }) => version.outcome === 'refused')) return passed(...evidence);
      return notTried(evidence.join('; '));
    },
  };
}

function cipherCheck(endpoint: ProbedEndpoint): Check {
  return {
    id: 'tls.cipher',
    group: 'tls',
    title: 'The cipher is strong',
    object: objectOf(endpoint),
    requirement: {
      text: 'With TLS 1.2 and 1.3 the server chooses at least 128 bits with forward secrecy.',
      source: 'RFC 9325 4.1',
    },
    how: 'The suite that the server chose out of everything from RC4 to AES-GCM.',
    blocks: false,
    async run() {
      const { versions } = await endpoint.versions();
      const chosen = CURRENT.flatMap((name) => {
        const version = versions[name];
        return version.outcome === 'accepted' ? [{ name, ...version }] : [];
      });
      if (chosen.length === 0) return notTried('neither TLS 1.2 nor 1.3 is spoken here (see tls.version)');
      const evidence = chosen.map(
        ({ name, suite, bits, weak }) => `${name}: ${suite}, ${bits} bits${weak ? `, ${weak}` : ''}`,
      );
      if (chosen.every(({ weak, bits }) => weak === undefined && bits >= 128)) return passed(...evidence);
      return warning(evidence, {
        text: 'Put suites with ECDHE and AES-GCM first on the server (Windows: Enable-TlsCipherSuite, or the SSL cipher suite order policy).',
      });
    },
  };
}

function describeVersion(version: Awaited<ReturnType<ProbedEndpoint['versions']>>['versions'][TlsVersion]): string {
  switch (version.outcome) {
    case 'accepted':
      return `accepted (${version.suite})`;
    case 'refused':
      return `refused (${version.how})`;
    case 'unknown':
      return `not known (${version.why})`;
  }
}

type Judge = (facts: CertificateFacts, endpoint: ProbedEndpoint) => ReturnType<typeof passed>;

function certificateChecks(endpoint: ProbedEndpoint): Check[] {
  const make = (
    id: string,
    title: string,
    blocks: boolean,
    requirement: Check['requirement'],
    judge: Judge,
  ): Check => ({
    id: `tls.certificate.${id}`,
    group: 'tls',
    title,
    object: objectOf(endpoint),
    requirement,
    how: 'One handshake, in which the certificate is read and nothing is sent.',
    blocks,
    async run() {
      let facts: CertificateFacts;
      try {
        facts = await endpoint.certificate();
      } catch (error) {
        const why = error instanceof NoTlsOffered ? error.message : sentence(error);
        return notTried(`no certificate was seen (see tls.version): ${why}`);
      }
      return judge(facts, endpoint);
    },
  });
  return [
    make(
      'trust',
      'The certificate is vouched for',
      true,
      {
        text: 'A known authority vouches for the certificate, or its fingerprint is pinned.',
        source: REQUIREMENTS.ours,
      },
      judgeTrust,
    ),
    make(
      'name',
      'The certificate has the name of the server',
      true,
      { text: 'The name that is connected to stands in the certificate.', source: 'RFC 6125' },
      judgeName,
    ),
    make(
      'dates',
      'The certificate is valid today and during the migration',
      true,
      { text: 'The certificate has begun, and does not end soon.', source: 'RFC 5280 4.1.2.5' },
      judgeDates,
    ),
    make(
      'revocation',
      'The certificate says where its revocation can be looked up',
      false,
      { text: 'CRL distribution point or OCSP responder present.', source: 'RFC 5280 4.2.1.13, 4.2.2.1' },
      judgeRevocation,
    ),
  ];
}

/** OpenSSL's words for what tls.certificate.dates tells. */
const TIME_CODES = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

const judgeTrust: Judge = (facts, endpoint) => {
  const shown = [`${facts.subject}, issued by ${facts.issuer}, SHA-256 ${facts.fingerprint}`];
  if (facts.chain.length > 1) shown.push(`chain: ${facts.chain.join(' < ')}`);
  if (facts.pinned) return passed('The fingerprint is pinned.', ...shown);
  const remedy = certificateRemedy(endpoint, facts);
  if (endpoint.pins.length > 0) {
    return failed(
      ['Fingerprints are pinned for this forest, and this certificate is not among them.', ...shown],
      remedy,
    );
  }
  if (facts.untrusted === undefined || TIME_CODES.has(facts.untrusted)) return passed(...shown);
  const what = facts.selfSigned
    ? 'The certificate is self-signed.'
    : `No known authority vouches for it (${facts.untrusted}).`;
  // The choice was made in so many words, so it is said again and keeps nothing from starting.
  if (endpoint.takenAsItIs)
    return warning([what, 'The address of the database says to take it as it is.', ...shown], remedy);
  return failed([what, ...shown], remedy);
};

const judgeName: Judge = (facts, endpoint) => {
  const names = `names in the certificate: ${facts.names.join(', ') || 'none'}`;
  if (facts.nameFits) return passed(names);
  if (facts.pinned) return passed(`The fingerprint is pinned, so the name need not fit; ${names}`);
  if (endpoint.takenAsItIs) {
    return warning(
      [`${endpoint.host} does not stand in the certificate; ${names}`],
      certificateRemedy(endpoint, facts),
    );
  }
  return failed([`${endpoint.host} does not stand in the certificate; ${names}`], {
    text: `Connect by one of the certificate's names (${facts.names.join(', ') || 'it has none'}), or give the server a certificate that has ${endpoint.host}.`,
  });
};

const judgeDates: Judge = (facts, endpoint) => {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const span = `valid from ${day(facts.validFrom)} to ${day(facts.validTo)}`;
  const now = Date.now();
  const renew = { text: `Renew the certificate of ${endpoint.host}; if fingerprints are pinned, pin the new one.` };
  if (facts.validTo < now)
    return failed([`It ended ${Math.floor((now - facts.validTo) / DAY)} days ago; ${span}`], renew);
  if (facts.validFrom > now) {
    return failed([`It begins only on ${day(facts.validFrom)}; ${span}`], {
      text: `Check the clocks of ${endpoint.host} and of this machine, then renew the certificate if both are right.`,
    });
  }
  const left = Math.floor((facts.validTo - now) / DAY);
  if (left < SOON_DAYS) return warning([`It ends in ${left} days; ${span}`], renew);
  return passed(`${left} days left; ${span}`);
};

const judgeRevocation: Judge = (facts) => {
  if (facts.revocation.length > 0) return passed(...facts.revocation);
  if (facts.selfSigned) return { outcome: 'notApplicable', why: 'a self-signed certificate cannot be revoked' };
  return warning(['Neither a CRL distribution point nor an OCSP responder is named.'], {
    text: 'Let the authority issue certificates with a CRL distribution point; until then a stolen key cannot be revoked.',
  });
};
