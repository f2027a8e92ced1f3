import { compareVersions } from '../sql/versions.ts';
import { isExchangeOnline } from './versions.ts';

const MB = 1024 ** 2;

/**
 * The largest item a server takes by UploadItems, in bytes: 25 MB of base64 for Exchange 2010, 64 MB for 2013 and later
 * (web.config of EWS, maxAllowedContentLength), 150 MB for Exchange Online; base64 is a third larger than what it holds.
 */
export function uploadLimit(version: string | undefined): { bytes: number; why: string } {
  if (version !== undefined && isExchangeOnline(version))
    return { bytes: 150 * MB, why: 'Exchange Online takes 150 MB an item' };
  const old = version !== undefined && compareVersions(version, '15') < 0;
  const base64 = (old ? 25 : 64) * MB;
  return {
    bytes: Math.floor((base64 * 3) / 4),
    why: `a request to EWS may have ${base64 / MB} MB of base64 (${old ? 'Exchange 2010' : 'Exchange 2013 and later'})`,
  };
}
