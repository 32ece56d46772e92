import { start } from '../../popup/app';

void start({ at: 'settings' });
