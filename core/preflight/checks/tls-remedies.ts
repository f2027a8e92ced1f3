import type { Remedy } from '../../domain/checks.ts';
import type { Endpoint } from '../endpoints.ts';
import type { CertificateFacts } from '../tls/certificate.ts';

/** SChannel decides for LDAPS, IIS, Exchange transport and SQL Server alike. */
const ENABLE_TLS12 = [
  "$base = 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2'",
  "foreach ($side in 'Server', 'Client') {",
  '  New-Item "$base\\$side" -Force | Out-Null',
  '  Set-ItemProperty "$base\\$side" -Name \'Enabled\' -Value 1 -Type DWord',
  '  Set-ItemProperty "$base\\$side" -Name \'DisabledByDefault\' -Value 0 -Type DWord',
  '}',
  "foreach ($net in 'HKLM:\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319', 'HKLM:\\SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v4.0.30319') {",
  "  Set-ItemProperty $net -Name 'SchUseStrongCrypto' -Value 1 -Type DWord",
  "  Set-ItemProperty $net -Name 'SystemDefaultTlsVersions' -Value 1 -Type DWord",
  '}',
  'Restart-Computer -Confirm',
].join('\n');

/** How TLS 1.2 is turned on where a service speaks older versions alone. */
export function tlsRemedy(service: Endpoint['service']): Remedy {
  const where = {
    LDAP: 'the domain controller',
    'Global catalog': 'the global catalog server',
    EWS: 'the Exchange server',
    SMTP: 'the Exchange server',
    'SQL Server': 'the database server',
  }[service];
  return {
    text: `Turn TLS 1.2 on at ${where} and restart it. Windows Server 2012 and later have it on unless somebody turned it off.`,
    script: { shell: 'powershell', where: `${where}, as administrator`, code: ENABLE_TLS12 },
  };
}

/** How an unknown certificate becomes a trusted one: by its authority, or by pinning what the server's owner confirms. */
export function certificateRemedy(endpoint: Endpoint, facts: CertificateFacts): Remedy {
  const forest = endpoint.forest;
  if (forest === undefined) return databaseRemedy(facts);
  const code = facts.selfSigned
    ? `transplant forest change ${forest} --pin ${facts.fingerprint}`
    : `transplant forest change ${forest} --ca AUTHORITY.pem`;
  return {
    text: facts.selfSigned
      ? 'Compare the fingerprint with the one shown on the server itself, then pin it; or install a certificate of your authority.'
      : `Give the certificate of the authority (${facts.issuer}) as a PEM file, or pin this certificate.`,
    script: { shell: 'transplant', where: 'this machine', code },
  };
}

/** The database's address carries what it is to be trusted by. */
function databaseRemedy(facts: CertificateFacts): Remedy {
  return {
    text: `Add ca=FILE with the certificate of the authority to the database's address (--db), or, once the fingerprint was compared with the one on the server, pin=${facts.fingerprint}.`,
  };
}
