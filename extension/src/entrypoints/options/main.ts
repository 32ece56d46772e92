import { start } from '../../popup/app';

start({ at: 'settings' });
