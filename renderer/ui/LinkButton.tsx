import { Button, Link as MuiLink } from '@mui/material';
import { createLink } from '@tanstack/react-router';

/** A button that is a link, so that it can be opened elsewhere and has an address. */
export const LinkButton = createLink(Button);

/** A link inside text. */
export const TextLink = createLink(MuiLink);
